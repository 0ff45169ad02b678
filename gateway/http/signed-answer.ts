import type { IncomingHttpHeaders } from "node:http";
import type { FormattedExecutionResult, GraphQLError } from "graphql";
import type { Access, SourceReport } from "../access.ts";
import { gatewayError } from "../errors.ts";
import type { ProveAnswer } from "../evidence/open-evidence.ts";
import type { PreparedOperation } from "../federation/prepare.ts";
import type { Granted } from "../policy/rights.ts";

/** An answer that is ready to be sent, and its question. */
export interface Answering {
  readonly access: Access;
  readonly granted: Granted;
  readonly operation: PreparedOperation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly result: FormattedExecutionResult;
  /** Indexes of the log's entries about it; undefined where this gateway keeps no log. */
  readonly entryIndexes: readonly number[] | undefined;
}

/** Signs the answers whose askers want it, or answers them with why not. */
export type SignIfWanted = (answering: Answering) => Promise<FormattedExecutionResult>;

/**
 * Reads out of a request's headers whether its answer is to be signed: before anything is asked of anybody,
 * since what cannot be signed is not answered.
 *
 * @param prove undefined where this gateway signs nothing
 * @param onFailure told why an answer could not be signed
 */
export function readEvidenceWish(
  { "x-evidence": wish }: IncomingHttpHeaders,
  prove: ProveAnswer | undefined,
  onFailure: (error: unknown) => void,
): SignIfWanted | GraphQLError {
  if (wish === undefined) return ({ result }) => Promise.resolve(result);
  if (wish !== "required")
    return gatewayError(
      "BAD_USER_INPUT",
      "The header x-evidence must be `required`; without it the answer is not signed.",
    );
  if (prove === undefined)
    return gatewayError(
      "EVIDENCE_UNAVAILABLE",
      "This gateway signs no answers: it is an open one, or has no keys (SIGNING_KEYS_DIR). Ask without the header x-evidence.",
    );
  return async (answering) => {
    // Without data it is a refusal, which says so itself.
    if (!answering.result.data) return answering.result;
    try {
      return await signResult(answering, prove);
    } catch (error) {
      onFailure(error);
      return { errors: [unsigned().toJSON()] };
    }
  };
}

async function signResult(
  { access, granted, operation, variables, result, entryIndexes }: Answering,
  prove: ProveAnswer,
): Promise<FormattedExecutionResult> {
  const { extensions } = result;
  const evidence = await prove({
    agency: access.agency,
    question: { operation: operation.text, variables },
    sources: (extensions?.["sources"] ?? []) as readonly SourceReport[],
    entries: entryIndexes,
    people: granted.people,
    answer: { ...result, extensions: { ...extensions } },
  });
  return { ...result, extensions: { ...extensions, evidence } };
}

/** Nothing of the answer goes with it: who wanted it signed must not take it for a signed one. */
function unsigned(): GraphQLError {
  return gatewayError(
    "EVIDENCE_UNAVAILABLE",
    "The answer cannot be signed now, so it is not given. Ask again in a moment.",
  );
}
