import { getNamedType } from "graphql";
import type { OperationDefinitionNode } from "graphql";
import { describeLegalBasis } from "../../schema/purpose.ts";
import type { Purpose } from "../../schema/purpose.ts";
import { civilDate, daysInMonth } from "../../schema/values/date.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import type { AskedField } from "./asked-fields.ts";
import { makeArgumentReader } from "./named-people.ts";
import type { Variables } from "./named-people.ts";
import type { Refusal } from "./refusal.ts";

/** An argument of a personal field that says which day is asked about. */
export interface AskedDay {
  readonly field: AskedField;
  readonly argument: string;
  readonly conditions: AskedField["conditions"];
  readonly read: (variables: Variables) => unknown;
}

export function listDays(
  personalFields: readonly AskedField[],
  operation: OperationDefinitionNode,
): AskedDay[] {
  return personalFields.flatMap((field) =>
    field.arguments
      .filter(({ definition }) => getNamedType(definition.type).name === "Date")
      .map((argument) => ({
        field,
        argument: argument.definition.name,
        conditions: field.conditions,
        read: makeArgumentReader(argument, operation),
      })),
  );
}

/** The first day that a purpose lets be seen; undefined where it has no such limit. */
function firstDaySeen({ historyYears }: Purpose, day: CivilDate): CivilDate | undefined {
  if (historyYears === null) return undefined;
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const then = year - historyYears;
  // 29 February has no namesake in a common year.
  return civilDate(then, month, Math.min(date, daysInMonth(then, month)));
}

/** Refuses a question about a day before that. A list in an argument is no day, and refused as well. */
export function refuseTooLongAgo(
  { field: { coordinate, path }, argument, read }: AskedDay,
  purpose: Purpose,
  { day, variables }: { readonly day: CivilDate; readonly variables: Variables },
): Refusal[] {
  const first = firstDaySeen(purpose, day);
  const asked = read(variables);
  if (first === undefined || asked === null || asked === undefined) return [];
  if (typeof asked === "string" && asked >= first) return [];
  return [
    {
      code: "FORBIDDEN",
      message: `For ${purpose.code}, ${coordinate} answers for days from ${first} on; ${argument} names an earlier one.`,
      path,
      details: { field: coordinate, ground: describeLegalBasis(purpose, day) },
    },
  ];
}
