import { GraphQLError } from "graphql";
import type { DocumentNode } from "graphql";
import type { AskedField } from "./asked-keys.ts";
import { readRowAskers } from "./row-askers.ts";

/** A field that an owner does not open. */
export interface FieldRefusal {
  /** Its coordinate, such as `Citizen.residences`. */
  readonly field: string;
  /** What would open it. */
  readonly message: string;
}

/**
 * The owner's own word on which fields of his are open for which purposes. Rows of several askers travel
 * in one call, so a field must be open for every one of `purposes`. The variables are as they came.
 */
export type CheckFields = (
  document: DocumentNode,
  purposes: ReadonlySet<string>,
  variables: Readonly<Record<string, unknown>>,
) => readonly FieldRefusal[];

/** A call of the gateway, before anything of it is counted or resolved. */
export interface ProvenCall {
  readonly asked: readonly AskedField[];
  readonly document: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: unknown;
}

/**
 * Refuses a call that does not say who asks for each of its rows and why, or that asks for a field which
 * its owner keeps closed for one of those purposes: whole, since a gateway that asks for such a field has
 * other rules than its owner.
 *
 * @throws {GraphQLError}
 */
export function refuseUnlawful(
  { asked, document, variables, extensions }: ProvenCall,
  checkFields: CheckFields | undefined,
): void {
  const askers = readRowAskers(
    extensions,
    asked.reduce((sum, { keys }) => sum + keys.length, 0),
  );
  const purposes = new Set(askers.map(({ purpose }) => purpose));
  const [first, ...more] = checkFields?.(document, purposes, variables) ?? [];
  if (first === undefined) return;
  throw new GraphQLError(first.message, {
    extensions: {
      code: "FORBIDDEN",
      fields: [first, ...more].map(({ field }) => field),
      http: { status: 403 },
    },
  });
}
