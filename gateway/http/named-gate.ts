import { GraphQLError } from "graphql";
import type { Purpose } from "../../schema/purpose.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import { gatewayError } from "../errors.ts";
import type { PreparedOperation } from "../federation/prepare.ts";
import type { AccessTokens, Identity } from "../identity/access-token.ts";
import type { Variables } from "../policy/named-people.ts";
import type { ChosenPurpose, Claimed, choosePurpose } from "../policy/purpose.ts";
import type { Refusal } from "../policy/refusal.ts";
import type { TrustedOperations } from "../policy/trusted-operations.ts";
import type { Identify, Permit, Refused } from "./gate.ts";
import type { GraphQLRequest } from "./graphql-body.ts";
import type { RateLimit } from "./rate-limit.ts";

export interface NamedGateOptions {
  readonly tokens: AccessTokens;
  readonly rateLimit: RateLimit;
  readonly trusted: TrustedOperations;
  /** Clients that may ask what they like; the others send trusted operations. */
  readonly freeClients: ReadonlySet<string>;
  /** Whether whoever is known may ask about the schema, and not integrators alone. */
  readonly publicSchema: boolean;
  readonly purposes: ReadonlyMap<string, Purpose>;
  /** Pure; handed in because a room asks no other one. */
  readonly choosePurpose: typeof choosePurpose;
  /** The civil day in Vietnam. */
  readonly today: () => CivilDate;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * The gate of the registers: nobody comes in without a name, and nothing personal is asked without a
 * purpose that opens each field of it.
 */
export function openNamedGate(options: NamedGateOptions): Identify {
  const { tokens, rateLimit, now } = options;
  return async (headers) => {
    const identity = await tokens.read(headers.authorization);
    if ("refusal" in identity) {
      const { refusal, later } = identity;
      return gatewayError(later ? "IDENTITY_UNAVAILABLE" : "UNAUTHENTICATED", refusal);
    }
    const wait = rateLimit.take(identity.subject);
    if (wait > 0) return tooMany(wait, now());
    const claimed = { purpose: one(headers["x-purpose"]), caseNumber: one(headers["x-case"]) };
    return {
      subject: identity.subject,
      readText: (request) => readText(request, identity, options),
      allow: (operation, variables) => allow(identity, claimed, operation, variables, options),
    };
  };
}

/** A header that may stand once; see `refuseRepeatedHeaders`. */
function one(header: string | string[] | undefined): string | undefined {
  return header === undefined || header === "" ? undefined : String(header);
}

function tooMany(waitMs: number, now: number): GraphQLError {
  return gatewayError(
    "TOO_MANY_REQUESTS",
    "You ask more often than the gateway allows one person. Wait until `retryAt`, and ask for several citizens in one request.",
    { retryAt: new Date(now + waitMs).toISOString() },
  );
}

/** Which client sends a request is what its token says, and never a header. */
function readText(
  { query, documentId }: GraphQLRequest,
  { clientId }: Identity,
  { trusted, freeClients }: NamedGateOptions,
): string | GraphQLError {
  const known = documentId === undefined ? undefined : trusted.find(documentId);
  if (known !== undefined) return known;
  if (documentId !== undefined)
    return gatewayError(
      "OPERATION_NOT_TRUSTED",
      "There is no trusted operation of this `documentId`. Publish it with the gateway first.",
    );
  const text = query ?? "";
  return freeClients.has(clientId) || trusted.includes(text)
    ? text
    : gatewayError(
        "OPERATION_NOT_TRUSTED",
        "The client of this access token may send trusted operations alone, and this is none of them. Publish it with the gateway first, or send one by its `documentId`.",
      );
}

function allow(
  identity: Identity,
  claimed: Claimed,
  operation: PreparedOperation,
  variables: Variables,
  options: NamedGateOptions,
): Permit | Refused {
  const { rights } = operation;
  if (rights === undefined) throw new Error("An operation came here without its rights.");
  const { subject, role, pin, scopes } = identity;
  const day = options.today();
  const asksWhy = rights.personal || claimed.purpose !== undefined;
  const chosen = asksWhy
    ? options.choosePurpose(identity, claimed, options.purposes, day)
    : undefined;
  if (chosen !== undefined && "code" in chosen) return { errors: [wordRefusal(chosen)] };
  if (rights.asksSchema && !options.publicSchema && role !== "integrator")
    return { errors: [schemaIsClosed()] };
  const granted = rights.check({
    purpose: chosen?.purpose,
    pin,
    variables,
    day,
    grants: { authenticated: true, scopes, policies: noPolicies },
  });
  if ("refusals" in granted) return { errors: granted.refusals.map(wordRefusal) };
  const caller = {
    ...{ subject, role, scopes, pin, unit: identity.unit },
    // Nobody lends a citizen who looks at his own data an agency; what that costs is told under its name.
    agency: identity.agency ?? "citizen",
    ...describeWhy(chosen),
  };
  return { caller, granted };
}

/** No `@policy` is decided here yet: a supergraph that bears one keeps its fields closed. */
const noPolicies: ReadonlySet<string> = new Set();

function describeWhy(chosen: ChosenPurpose | undefined) {
  if (chosen === undefined)
    return { purpose: "none", caseNumber: undefined, lane: "counter", keptFor: "agency" } as const;
  const { purpose, caseNumber, lane } = chosen;
  const keptFor = purpose.ownDataOnly ? "subject" : "agency";
  return { purpose: purpose.code, caseNumber, lane, keptFor } as const;
}

function schemaIsClosed(): GraphQLError {
  return gatewayError(
    "FORBIDDEN",
    "The schema is shown to integrators alone. Read it at /schema.graphql with an integrator's access token.",
    { missing: "role" },
  );
}

function wordRefusal({ code, message, path, details }: Refusal): GraphQLError {
  return new GraphQLError(message, {
    ...(path && { path }),
    extensions: { code, ...details },
  });
}
