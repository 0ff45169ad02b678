import { GraphQLError } from "graphql";

/**
 * Every code that an answer's `extensions.code` can bear, with what it means for the reader and the
 * HTTP status where the whole request is refused for it (null: HTTP 200, only fields are lost).
 */
export const errorCatalogue = {
  BAD_USER_INPUT: {
    httpStatus: 400,
    meaning:
      "An argument, a variable or the query itself is not what it must be; the message says where.",
  },
  UNAUTHENTICATED: {
    httpStatus: 401,
    meaning: "The request does not say who asks, or its access token is not valid here. Sign in.",
  },
  IDENTITY_UNAVAILABLE: {
    httpStatus: 503,
    meaning:
      "The issuer of access tokens does not answer, and it is not known yet who asks. Ask again later.",
  },
  TOO_MANY_REQUESTS: {
    httpStatus: 429,
    meaning: "This person asks more often than the gateway allows; `retryAt` says when to go on.",
  },
  PURPOSE_REQUIRED: {
    httpStatus: 403,
    meaning:
      "The request asks for personal data and does not say why; `purposes` names those that may be named.",
  },
  FORBIDDEN: {
    httpStatus: 403,
    meaning:
      "The field is not open to this person or purpose; the error says what is missing and on what ground it would be.",
  },
  OPERATION_NOT_TRUSTED: {
    httpStatus: 403,
    meaning:
      "This client may send trusted operations alone; send one by its text or its hash, `documentId`.",
  },
  OPERATION_TOO_COSTLY: {
    httpStatus: 400,
    meaning:
      "The query is larger, deeper or wider than the gateway allows; the message names the limit.",
  },
  SOURCE_UNAVAILABLE: {
    httpStatus: null,
    meaning: "The source could not be reached; only its fields are lost. Ask again later.",
  },
  SOURCE_TIMEOUT: {
    httpStatus: null,
    meaning: "The source took too long; only its fields are lost. Ask again later.",
  },
  SOURCE_ERROR: {
    httpStatus: null,
    meaning:
      "The source answered with an error or with something that is no answer; only those fields are lost.",
  },
  QUOTA_EXHAUSTED: {
    httpStatus: null,
    meaning:
      "The owner's units of the day are spent for this lane; only its fields are lost. `resetsAt` says when there are new ones.",
  },
  EVIDENCE_UNAVAILABLE: {
    httpStatus: 503,
    meaning:
      "The answer was to be signed (`x-evidence: required`), and cannot be; so it is not given. Ask again in a moment.",
  },
  AUDIT_UNAVAILABLE: {
    httpStatus: 503,
    meaning:
      "The access cannot be written into the log, so nothing is answered. Ask again in a moment.",
  },
  NOT_RECORDED: {
    httpStatus: null,
    meaning:
      "The source answered that its register holds nothing from which this field could be told.",
  },
  INTERNAL_ERROR: {
    httpStatus: 500,
    meaning: "The gateway itself failed. Report the request's id, `x-request-id` of the answer.",
  },
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** Codes that a source's failure can bear. */
export type SourceErrorCode = Extract<ErrorCode, `SOURCE_${string}`>;

/** An error of the catalogue, as GraphQL carries it; `details` become further extensions. */
export function gatewayError(
  code: ErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...details } });
}

/** The answer where the access to it cannot be recorded. */
export function auditUnavailable(): GraphQLError {
  return gatewayError(
    "AUDIT_UNAVAILABLE",
    "This access cannot be written into the log now, so nothing is answered. Ask again in a moment.",
  );
}

/** What a client learns of a failure that nobody foresaw. */
export function internalError(): GraphQLError {
  return gatewayError(
    "INTERNAL_ERROR",
    "The gateway failed on this request. Report its id, x-request-id of this answer.",
  );
}

/** The catalogue as a table in Markdown, for the documentation. */
export function renderErrors(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { httpStatus, meaning }]) => `| \`${code}\` | ${httpStatus ?? 200} | ${meaning} |`,
  );
  return ["| `extensions.code` | HTTP status | meaning |", "|---|---|---|", ...rows].join("\n");
}

/** What a log may say of an unforeseen error: where it arose. Its message may quote personal data. */
export function describeFailure(error: unknown): { error: string; at: string[] } {
  const cause = (error as { originalError?: unknown } | null)?.originalError ?? error;
  if (!(cause instanceof Error)) return { error: typeof cause, at: [] };
  const frames = (cause.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return { error: cause.name, at: frames.slice(0, 8).map((line) => line.trim()) };
}
