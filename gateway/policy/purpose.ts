import { describeLegalBasis, isInForce } from "../../schema/purpose.ts";
import type { Purpose } from "../../schema/purpose.ts";
import type { Role } from "../../schema/roles.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import type { Lane } from "../../schema/terms.ts";
import type { Refusal, RefusalDetails } from "./refusal.ts";

/** What of an asker's identity a purpose looks at. */
export interface Asker {
  readonly role: Role;
  /** Code of the administrative unit whose business the asker does. */
  readonly unit: string | undefined;
  /** Level of a citizen's identity. */
  readonly acr: string | undefined;
}

/** What a request says of why it asks: its headers `x-purpose` and `x-case`. */
export interface Claimed {
  readonly purpose: string | undefined;
  readonly caseNumber: string | undefined;
}

export interface ChosenPurpose {
  readonly purpose: Purpose;
  readonly caseNumber: string | undefined;
  readonly lane: Lane;
}

/** Nothing that a log, a line of a file or a path could take for more than a number. */
const caseForm = /^[A-Za-z0-9][A-Za-z0-9./-]{2,60}$/;

/**
 * Chooses the purpose of a request, or tells why it has none.
 *
 * @param day the civil day in Vietnam: a purpose lasts as long as the law that it rests on
 */
export function choosePurpose(
  asker: Asker,
  claimed: Claimed,
  purposes: ReadonlyMap<string, Purpose>,
  day: CivilDate,
): ChosenPurpose | Refusal {
  const purpose = claimed.purpose === undefined ? undefined : purposes.get(claimed.purpose);
  if (purpose === undefined || !isOpenTo(asker, purpose, day))
    return refusePurpose(asker, claimed, purposes, day);
  return (
    refuseIdentity(asker, purpose, day) ??
    refuseCase(claimed.caseNumber, purpose, day) ?? {
      purpose,
      caseNumber: claimed.caseNumber,
      lane: purpose.lane,
    }
  );
}

/** Whether a choice ended in a refusal. */
export function isRefusal(chosen: ChosenPurpose | Refusal): chosen is Refusal {
  return "code" in chosen;
}

function isOpenTo({ role }: Asker, purpose: Purpose, day: CivilDate): boolean {
  return purpose.roles.includes(role) && isInForce(purpose, day);
}

/** Tells what the asker may name instead. Of a code that is not on the list nothing is repeated: it may be anything. */
function refusePurpose(
  asker: Asker,
  { purpose: code }: Claimed,
  purposes: ReadonlyMap<string, Purpose>,
  day: CivilDate,
): Refusal {
  const open = [...purposes.values()].filter((purpose) => isOpenTo(asker, purpose, day));
  const details = {
    missing: "x-purpose",
    purposes: open.map((each) => each.code),
    ...(open.length > 0 && {
      ground: open.map((each) => describeLegalBasis(each, day)).join("; "),
    }),
  };
  const choice = describeChoice(open, asker.role);
  if (code === undefined) return refuse("PURPOSE_REQUIRED", `Say why you ask: ${choice}`, details);
  const known = purposes.get(code);
  const why =
    known === undefined
      ? "The header x-purpose names no purpose of the list"
      : isInForce(known, day)
        ? `The purpose ${known.code} is not one of the role ${asker.role}`
        : `The purpose ${known.code} rests on no act that is in force today`;
  return refuse("FORBIDDEN", `${why}: ${choice}`, details);
}

function refuseIdentity(
  { unit, acr }: Asker,
  purpose: Purpose,
  day: CivilDate,
): Refusal | undefined {
  const { code, unit: belongs, identityLevel } = purpose;
  if (belongs !== null && unit === undefined)
    return refuse(
      "FORBIDDEN",
      `For ${code}, the ${belongs} must belong to the officer's unit, and the access token names none (claim unit). Ask whoever runs the issuer.`,
      { missing: "unit", ...allowedBy(purpose, day) },
    );
  // "2" is level 2; a name of a level, or none, is no number and reaches none.
  if (identityLevel !== null && !(Number(acr ?? "") >= identityLevel))
    return refuse(
      "FORBIDDEN",
      `For ${code}, the citizen must have signed in with an identity of level ${identityLevel} at least (claim acr). Sign in again with such a one.`,
      { missing: "acr", ...allowedBy(purpose, day) },
    );
  return undefined;
}

function refuseCase(
  caseNumber: string | undefined,
  purpose: Purpose,
  day: CivilDate,
): Refusal | undefined {
  const { code, caseNeeded } = purpose;
  if (caseNumber === undefined)
    return caseNeeded
      ? refuse(
          "FORBIDDEN",
          `For ${code}, every look-up belongs to a case: send its number in the header x-case.`,
          { missing: "x-case", ...allowedBy(purpose, day) },
        )
      : undefined;
  return caseForm.test(caseNumber)
    ? undefined
    : refuse(
        "BAD_USER_INPUT",
        "The header x-case must be the number of a case: 3 to 61 letters, digits, dots, slashes and hyphens, the first a letter or a digit.",
        {},
      );
}

function describeChoice(open: readonly Purpose[], role: Role): string {
  if (open.length === 0) return `the role ${role} has no purpose for which citizens are looked up.`;
  const choice = open.map(({ code, name }) => `${code} (${name})`).join(", ");
  return `send the header x-purpose with ${open.length > 1 ? "one of " : ""}${choice}.`;
}

function allowedBy(purpose: Purpose, day: CivilDate): RefusalDetails {
  return { purposes: [purpose.code], ground: describeLegalBasis(purpose, day) };
}

function refuse(code: Refusal["code"], message: string, details: RefusalDetails): Refusal {
  return { code, message, details };
}
