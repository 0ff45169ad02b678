import type { ApolloServerPlugin } from "@apollo/server";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { GraphQLError } from "graphql";
import type { GraphQLSchema } from "graphql";
import type { Kysely } from "kysely";
import type { Terms } from "../../schema/terms.ts";
import { askedKeysReader } from "./asked-keys.ts";
import type { AskedField } from "./asked-keys.ts";
import { refuseTooMany } from "./largest-batch.ts";
import type { ProvenCall } from "./own-policy.ts";

/** A call as it came, before any of it is resolved. */
export interface IncomingCall {
  readonly asked: readonly AskedField[];
  /** The header `idempotency-key`. */
  readonly key: string | undefined;
  /** The `extensions` of the body; whoever sent it may have put anything there. */
  readonly extensions: unknown;
}

/** What a meter says of a call. */
export interface Admission {
  /** Headers of the answer, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Why nothing of the call is resolved; `status` is HTTP's. */
  readonly refusal?: { readonly code: string; readonly message: string; readonly status: number };
}

/** What an owner counts calls with. */
export interface Meter {
  /** Called once for each call that is well formed; nothing of it is resolved before. */
  admit(call: IncomingCall): Promise<Admission>;
  /** Adds the meter's own routes, before the server listens. */
  registerDoors(app: FastifyInstance): void;
}

/** What a meter is built over. */
export interface MeterSurroundings<Tables> {
  readonly database: Kysely<Tables>;
  readonly terms: Terms;
  readonly log: FastifyBaseLogger;
}

/** What stands between a call and the resolvers. */
export interface AdmissionRules {
  /** Keys in one call at most. */
  readonly largestBatch: number;
  /** Throws where a call asks for what its askers may not have. */
  readonly refuseUnlawful: ((call: ProvenCall) => void) | undefined;
  readonly meter: Pick<Meter, "admit"> | undefined;
}

/**
 * Lets calls in: refuses those with more keys than the terms allow, and those that the owner's policy
 * does; then asks the owner's meter where there is one. A call that is refused resolves nothing, and its
 * answer has no data.
 */
export function admitCalls(
  schema: GraphQLSchema,
  { largestBatch, refuseUnlawful, meter }: AdmissionRules,
): ApolloServerPlugin {
  const readAskedKeys = askedKeysReader(schema);
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ request, document, operation, response }) {
        // An operation that nobody named is refused when it comes to be executed.
        const asked =
          operation && readAskedKeys({ document, operation, variables: request.variables });
        if (!asked) return;
        refuseTooMany(asked, largestBatch);
        refuseUnlawful?.({
          asked,
          document,
          variables: request.variables ?? {},
          extensions: request.extensions,
        });
        if (!meter) return;
        const { headers, refusal } = await meter.admit({
          asked,
          key: request.http?.headers.get("idempotency-key"),
          extensions: request.extensions,
        });
        for (const [name, value] of Object.entries(headers)) response.http.headers.set(name, value);
        if (!refusal) return;
        const { code, message, status } = refusal;
        throw new GraphQLError(message, { extensions: { code, http: { status } } });
      },
    }),
  };
}
