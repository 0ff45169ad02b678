import type { OperationDefinitionNode } from "graphql";
import type { Purpose } from "../../schema/purpose.ts";
import type { AskedField } from "./asked-fields.ts";
import type { FieldRules } from "./field-rules.ts";
import { makeArgumentReader } from "./named-people.ts";
import type { Variables } from "./named-people.ts";
import type { Named } from "./people-limit.ts";
import type { Refusal } from "./refusal.ts";

/**
 * Answers that a predicate gives for each person and case, where what it is about is closed: 400 aliases
 * would spell out an address. A clerk asks for the unit of the school, and once more for a misread one.
 */
export const mostPredicateAnswers = 3;

/** A question about a closed field, for the log and for the count across requests. */
export interface PredicateQuestion {
  /** Such as `Citizen.residesIn`. */
  readonly coordinate: string;
  readonly path: readonly string[];
  /** Personal numbers of those about whom it is, as the root of its path names them. */
  readonly people: readonly string[];
  /** Its arguments as JSON, in the schema's order: equal questions have equal texts. */
  readonly arguments: string;
}

export interface AskedPredicate {
  readonly field: AskedField;
  readonly conditions: AskedField["conditions"];
  readonly read: (variables: Variables) => string;
}

/** The predicates of an operation about fields that a purpose keeps closed. */
export function listPredicates(
  fields: readonly AskedField[],
  purpose: Purpose | undefined,
  rules: FieldRules,
  operation: OperationDefinitionNode,
): AskedPredicate[] {
  return fields
    .filter(({ rule, relation }) => {
      if (purpose === undefined || rule?.predicateOf === undefined) return false;
      return rules.fields.get(rule.predicateOf)?.[relation].has(purpose.code) !== true;
    })
    .map((field) => {
      const readers = field.arguments.map(
        (argument) => [argument.definition.name, makeArgumentReader(argument, operation)] as const,
      );
      const read = (variables: Variables) =>
        JSON.stringify(Object.fromEntries(readers.map(([name, each]) => [name, each(variables)])));
      return { field, conditions: field.conditions, read };
    });
}

/** With the values of a request. */
export function askPredicates(
  predicates: readonly AskedPredicate[],
  named: readonly Named[],
  variables: Variables,
): PredicateQuestion[] {
  return predicates.map(({ field: { coordinate, path }, read }) => ({
    coordinate,
    path,
    people: named
      .filter(({ argument }) => argument.path.length === 1 && argument.path[0] === path[0])
      .flatMap(({ numbers }) => numbers),
    arguments: read(variables),
  }));
}

/** Refuses the questions of one request that go beyond what one person may be asked about. */
export function refuseTooManyPredicates(questions: readonly PredicateQuestion[]): Refusal[] {
  const asked = new Map<string, Set<string>>();
  return questions
    .filter(({ coordinate, path, people, arguments: given }) => {
      // Of a person whom no argument names, the path is the name.
      const about = people.length > 0 ? people : [path.slice(0, -1).join(".")];
      const counts = about.map((person) => {
        const those = asked.get(person) ?? new Set();
        asked.set(person, those.add(`${coordinate} ${given}`));
        return those.size;
      });
      return counts.some((count) => count > mostPredicateAnswers);
    })
    .map(({ coordinate, path }) => ({
      code: "FORBIDDEN",
      message: `${coordinate} answers ${mostPredicateAnswers} questions at most for each person and case, because what it is about is closed for this purpose. Ask about the place that the citizen has named.`,
      path,
      details: { field: coordinate },
    }));
}
