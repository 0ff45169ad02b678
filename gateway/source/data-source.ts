import type { GraphQLDataSource } from "@apollo/gateway";
import type { Access, SourceReport } from "../access.ts";
import { describeFailure } from "../errors.ts";
import type { SourceSchema, Supergraph } from "../federation/supergraph.ts";
import { gatherRepresentations, readEntities, writeEntities } from "./ask-entities.ts";
import type { EntityQuestion } from "./ask-entities.ts";
import { countRecords, writeRoot } from "./ask-root.ts";
import type { RootAnswer } from "./ask-root.ts";
import { callSource } from "./call.ts";
import type { ReadReply, Reply } from "./call.ts";
import { markLoss } from "./loss.ts";
import type { LossCode, LossRecord, Path } from "./loss.ts";
import { findLostKeys } from "./lost-keys.ts";
import { keepOperations } from "./operations.ts";
import type { EntityOperation, RootOperation } from "./operation.ts";
import type { Row } from "./read-row.ts";
import type { RowAnswer } from "./read-rows.ts";
import type { Variables } from "./shape.ts";
import { describeLoss } from "./source-errors.ts";
import type { Transport } from "./transport.ts";

/** What the server hands each request along with: Apollo's `contextValue`. */
export interface RequestContext {
  readonly access: Access;
  /** Grows by one report a call; the response stage sums them up. */
  readonly reports: SourceReport[];
}

/** How one call to a source went, for metrics. */
export interface SourceCall {
  readonly source: string;
  readonly outcome: "ok" | "abandoned" | "source_unavailable" | "source_timeout" | "source_error";
  /** Representations and root keys that were sent. */
  readonly records: number;
  readonly seconds: number;
}

/** The log, as pino has it. What is written here never holds a value of a row. */
export interface SourceLog {
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What a data source works with. */
export interface SourceLine {
  readonly source: SourceSchema;
  readonly supergraph: Supergraph;
  readonly transport: Transport;
  /** Finds what a request has lost so far, by the executor's request context. */
  readonly lossesOf: (request: object) => LossRecord;
  /** Milliseconds since 1970, with fractions where the clock has them. */
  readonly now: () => number;
  readonly log: SourceLog;
  readonly onCall: (call: SourceCall) => void;
}

/** One planned fetch of one request. */
export interface Fetch {
  readonly text: string;
  readonly variables: Variables;
  readonly near: Path;
  readonly record: LossRecord;
  readonly context: RequestContext;
  readonly reasons: Set<string>;
}

/**
 * One source, as the executor of `@apollo/gateway` calls it. It never throws and never answers with
 * errors: whatever the source does, the executor gets rows with explicit nulls for exactly what is
 * lost, and the losses are kept beside them for the response stage.
 */
export function createDataSource(line: SourceLine): GraphQLDataSource {
  const operationOf = keepOperations(line.source, line.supergraph.lookups);
  return {
    async process(options) {
      const { request } = options;
      const variables: Variables = request.variables ?? {};
      const incoming =
        "incomingRequestContext" in options ? options.incomingRequestContext : options;
      const fetch: Fetch = {
        text: request.query ?? "",
        variables,
        near: ("pathInIncomingRequest" in options && options.pathInIncomingRequest) || [],
        record: line.lossesOf(incoming),
        context: options.context as unknown as RequestContext,
        reasons: new Set(),
      };
      const { representations } = variables;
      const asked = Array.isArray(representations) ? (representations as Row[]) : [];
      try {
        const operation = operationOf(fetch.text, asked);
        const whole = { ...fetch, variables: { ...operation.defaults, ...variables } };
        const data =
          operation.kind === "entities"
            ? { _entities: await askEntities(operation, asked, whole, line) }
            : await askRoot(operation, whole, line);
        return { data };
      } catch (error) {
        return { data: nothing(asked, fetch, line, error) };
      } finally {
        logReasons(fetch, line);
      }
    },
  };
}

async function askEntities(
  operation: EntityOperation,
  representations: readonly Row[],
  fetch: Fetch,
  line: SourceLine,
): Promise<Row[]> {
  const { source, supergraph } = line;
  const question = gatherRepresentations(representations, source);
  const { travelling, places } = question;
  // Before anything is awaited, since other fetches write into the rows that the keys came from.
  const lostKeys = places.includes(-1)
    ? findLostKeys(representations, fetch.near, fetch.record)
    : [];
  const variables = { ...fetch.variables, representations: travelling };
  const answers =
    travelling.length === 0
      ? []
      : await callSource(
          { query: operation.query, variables, records: travelling.length },
          fetch,
          line,
          (reply) =>
            readEntityReply(question, operation, reply, (type) =>
              mayDeny(type, source, supergraph),
            ),
        );
  return writeEntities(representations, question, operation, answers, lostKeys, {
    ...writingOf(fetch, line),
    shape: operation.rows,
  });
}

function readEntityReply(
  question: EntityQuestion,
  operation: EntityOperation,
  reply: Reply,
  mayDeny: (type: string) => boolean,
): ReadReply<RowAnswer[]> {
  const read =
    reply.kind === "said"
      ? readEntities(question, operation, reply.data, reply.errors, mayDeny)
      : question.travelling.map((): RowAnswer => ({ kind: "lost", ...reply.failure }));
  return { read, usable: read.some(({ kind }) => kind !== "lost") };
}

async function askRoot(operation: RootOperation, fetch: Fetch, line: SourceLine): Promise<Row> {
  const { variables } = fetch;
  const records = countRecords(operation, variables);
  const answer = await callSource<RootAnswer>(
    { query: operation.query, variables, records },
    fetch,
    line,
    (reply) =>
      reply.kind === "said"
        ? {
            read: { data: reply.data, errors: reply.errors, failure: null },
            usable: reply.data !== null,
          }
        : { read: { data: null, errors: [], failure: reply.failure }, usable: false },
  );
  if (answer.failure?.reason !== undefined) fetch.reasons.add(answer.failure.reason);
  const data = writeRoot(operation, answer, writingOf(fetch, line));
  if (fetch.near.length === 0) fetch.record.roots.push(data);
  return data;
}

/**
 * Whether a null row from a source means that there is nobody. Under the contract only the source that
 * looks a type up may say so; elsewhere Federation lets every source.
 */
function mayDeny(type: string, source: SourceSchema, supergraph: Supergraph): boolean {
  if (!supergraph.declaresLookups) return true;
  const owners = [...supergraph.lookups.values()].filter((lookup) => lookup.type === type);
  return owners.length === 0 || owners.some((lookup) => lookup.source === source.name);
}

function writingOf(fetch: Fetch, { source, now }: SourceLine) {
  const { variables, record, near, reasons } = fetch;
  return {
    variables,
    record,
    near,
    describe: (code: LossCode) => describeLoss(code, source.name, now()),
    onFault: (reason: string) => void reasons.add(reason),
  };
}

/** The answer where the data source itself failed: a fault of ours, which still costs only these rows. */
function nothing(
  representations: readonly Row[],
  fetch: Fetch,
  { source, log, now }: SourceLine,
  error: unknown,
): Row {
  log.error(
    {
      source: source.name,
      requestId: fetch.context.access.requestId,
      ...describeFailure(error),
    },
    "the gateway could not ask a source",
  );
  const whole = describeLoss("SOURCE_ERROR", source.name, now());
  const lost = (row: Row): Row => {
    markLoss(row, { fields: [], whole, near: fetch.near }, fetch.record);
    return row;
  };
  if (representations.length > 0) return { _entities: representations.map(() => lost({})) };
  const data = lost({});
  fetch.record.roots.push(data);
  return data;
}

/** How many reasons one line of the log names. */
const reasonsLogged = 5;

function logReasons({ reasons, context }: Fetch, { source, log }: SourceLine): void {
  if (reasons.size === 0) return;
  log.warn(
    {
      source: source.name,
      requestId: context.access.requestId,
      reasons: [...reasons].slice(0, reasonsLogged),
      more: Math.max(0, reasons.size - reasonsLogged),
    },
    "a source lost something",
  );
}
