import type { Purpose } from "../../schema/purpose.ts";
import type { Access } from "../access.ts";
import { gatewayError } from "../errors.ts";
import type { CaseFiles } from "./case-files.ts";

/** The scope of an access token whose bearer may confirm what a case opens. */
const supervisor = "supervisor";

/** People whom a case may open with a confirmation; beyond, it is not one case any more. */
const mostConfirmed = 50;

interface Confirmed {
  readonly purpose: string;
  readonly case: string;
  readonly people: number;
  readonly reason: string;
}

/**
 * The fields of schema/gateway.graphql that tell of cases. They throw errors of the catalogue alone.
 *
 * @param files undefined where nobody is known by name, and so no case is anybody's
 */
export function createCaseFields(
  files: CaseFiles | undefined,
  purposes: ReadonlyMap<string, Purpose>,
) {
  return {
    confirmCase: async (asked: Confirmed, { role, scopes, subject, agency }: Access) => {
      const known = purposes.get(asked.purpose);
      if (files === undefined || role === undefined || known?.roles.includes(role) !== true)
        throw gatewayError(
          "FORBIDDEN",
          "A case is confirmed by an officer whose role has its purpose, named as schema/purposes.json does.",
          { missing: "role" },
        );
      if (!scopes.has(supervisor))
        throw gatewayError(
          "FORBIDDEN",
          `A case is confirmed by a supervisor: the access token must bear the scope ${supervisor}.`,
          { missing: "scope" },
        );
      const { people, reason } = asked;
      if (known.people === null || people <= known.people || people > mostConfirmed)
        throw refuse(
          "people",
          known.people === null
            ? `For ${known.code}, a case opens as many people as are asked for; there is nothing to confirm.`
            : `A confirmation is for more than the ${known.people} that ${known.code} opens, and for ${mostConfirmed} at most.`,
        );
      if (reason.trim() === "") throw refuse("reason", "Say why so many people are needed.");
      const confirmation = {
        ...{ agency, purpose: known.code, caseNumber: asked.case, people },
        ...{ reason: reason.trim(), confirmedBy: subject },
      };
      await files.confirm(confirmation).catch(() => {
        throw gatewayError(
          "SOURCE_UNAVAILABLE",
          "The gateway's database did not answer in time, so it is not known whether the confirmation is recorded. Confirm it again.",
        );
      });
      return { ...asked, reason: confirmation.reason, confirmedBy: subject };
    },
  };
}

function refuse(argument: string, sentence: string) {
  return gatewayError("BAD_USER_INPUT", sentence, { argument });
}
