import { isInForce } from "../../schema/purpose.ts";
import type { Purpose } from "../../schema/purpose.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import type { AskedField } from "./asked-fields.ts";
import type { Refusal, RefusalDetails } from "./refusal.ts";

/**
 * The personal fields of an operation that a purpose does not open.
 *
 * @param purpose undefined where the request has none: nothing personal is open then
 */
export function findClosed(
  fields: readonly AskedField[],
  purpose: Purpose | undefined,
): readonly AskedField[] {
  return fields.filter(
    ({ rule, relation, leadsTooFar }) =>
      leadsTooFar || purpose === undefined || rule?.[relation].has(purpose.code) !== true,
  );
}

/** Says why a field is closed, and what would open it. */
export function refuseClosed(
  { coordinate, path, relation, rule, leadsTooFar }: AskedField,
  purpose: Purpose | undefined,
  purposes: ReadonlyMap<string, Purpose>,
  day: CivilDate,
): Refusal {
  const forbid = (message: string, details: RefusalDetails): Refusal => ({
    code: "FORBIDDEN",
    message,
    path,
    details: { field: coordinate, ...details },
  });
  if (leadsTooFar)
    return forbid(
      `${coordinate} leads from one citizen over another to a third; ask about that other one by personal number, in a case of which he or she is part.`,
      {},
    );
  const opening = [...(rule?.[relation] ?? [])].filter((code) => {
    const known = purposes.get(code);
    return known !== undefined && isInForce(known, day);
  });
  if (opening.length === 0)
    return forbid(
      relation === "thirdParty" && rule !== undefined && rule.subject.size > 0
        ? `${coordinate} is closed of a citizen who is not named in the request. Ask about that citizen by personal number, in a case of which he or she is part.`
        : `${coordinate} is closed to everybody; its owner would have to open it, in the schema of the sector.`,
      {},
    );
  const allows = { missing: "purpose", purposes: opening, ground: rule!.ground };
  const open = `open for ${opening.join(", ")} (${rule!.ground})`;
  if (purpose === undefined)
    return {
      ...forbid(`${coordinate} is data of a person, ${open}: say why you ask.`, allows),
      code: "PURPOSE_REQUIRED",
    };
  const whose = relation === "thirdParty" ? " of a citizen who is not named in the request" : "";
  return forbid(`${coordinate}${whose} is closed for ${purpose.code}; it is ${open}.`, allows);
}
