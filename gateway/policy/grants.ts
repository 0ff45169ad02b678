import type { AskedField } from "./asked-fields.ts";
import type { Refusal } from "./refusal.ts";

/** What a token says for the standard directives of Federation. */
export interface Grants {
  /** For `@authenticated`. */
  readonly authenticated: boolean;
  /** For `@requiresScopes`: the words of the claim `scope` (RFC 8693, section 4.2). */
  readonly scopes: ReadonlySet<string>;
  /** For `@policy`: those that hold for this request. */
  readonly policies: ReadonlySet<string>;
}

/** Refuses a field for each of its requirements that a token does not meet; all must be met. */
export function refuseUnmetRequirements(
  { coordinate, path, rule }: AskedField,
  grants: Grants,
): Refusal[] {
  return (rule?.requirements ?? []).flatMap(({ scopes, policies }) => {
    const missing = [
      grants.authenticated ? undefined : "an access token",
      describeUnmet("the scopes", scopes, grants.scopes),
      describeUnmet("the policies", policies, grants.policies),
    ].find((each) => each !== undefined);
    return missing === undefined
      ? []
      : [
          {
            code: "FORBIDDEN" as const,
            message: `${coordinate} needs ${missing}, which this request does not have.`,
            path,
            details: { field: coordinate, missing },
          },
        ];
  });
}

/** Which of the lists would do, where none of them holds; undefined where one does, or none is required. */
function describeUnmet(
  what: string,
  anyOf: readonly (readonly string[])[] | null,
  held: ReadonlySet<string>,
): string | undefined {
  if (anyOf === null || anyOf.some((all) => all.every((each) => held.has(each)))) return undefined;
  return `${what} ${anyOf.map((all) => all.join(" and ")).join(", or ")}`;
}
