import { describeLegalBasis } from "../../schema/purpose.ts";
import type { Purpose } from "../../schema/purpose.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import type { NamingArgument } from "./named-people.ts";
import type { Refusal } from "./refusal.ts";

/** An argument with the personal numbers that a request names in it. */
export interface Named {
  readonly argument: NamingArgument;
  readonly numbers: readonly string[];
}

export interface AskerAndDay {
  readonly pin: string | undefined;
  readonly day: CivilDate;
}

/**
 * Refuses people whom a purpose doesn't let the asker look up: anybody but himself where it is for his own
 * data, and more than one case may open.
 *
 * @returns a refusal for each argument that names somebody too many
 */
export function refusePeople(
  named: readonly Named[],
  purpose: Purpose,
  { pin, day }: AskerAndDay,
): Refusal[] {
  return purpose.ownDataOnly
    ? named
        .filter(({ numbers }) => numbers.some((number) => number !== pin))
        .map(({ argument }) => refuseStranger(argument, purpose, pin, day))
    : refuseTooMany(named, purpose, day);
}

function refuseStranger(
  { coordinate, path, name }: NamingArgument,
  purpose: Purpose,
  pin: string | undefined,
  day: CivilDate,
): Refusal {
  const ground = describeLegalBasis(purpose, day);
  return {
    code: "FORBIDDEN",
    message:
      pin === undefined
        ? `Under ${purpose.code} a citizen sees his own data, and the access token names no personal number (claim pin). Ask whoever runs the issuer.`
        : `Under ${purpose.code} a citizen sees his own data alone: ${name} must name the personal number of the access token and no other.`,
    path,
    details: { field: coordinate, missing: "pin", ground },
  };
}

function refuseTooMany(named: readonly Named[], purpose: Purpose, day: CivilDate): Refusal[] {
  const { people, code } = purpose;
  if (people === null) return [];
  const all = new Set<string>();
  const beyond = named.filter(({ numbers }) => {
    for (const number of numbers) all.add(number);
    return all.size > people;
  });
  return beyond.map(({ argument: { coordinate, path } }) => ({
    code: "FORBIDDEN",
    message: `For ${code}, one case opens ${people === 1 ? "one citizen" : `${people} citizens`} at most, and the request names ${all.size}. Ask about fewer; more needs a supervisor's recorded confirmation.`,
    path,
    details: {
      field: coordinate,
      missing: "confirmation",
      purposes: [code],
      ground: describeLegalBasis(purpose, day),
    },
  }));
}
