import type { GraphQLDataSource } from "@apollo/gateway";
import type { Access, SourceReport } from "../access.ts";
import { describeFailure } from "../errors.ts";
import type { SourceSchema, Supergraph } from "../federation/supergraph.ts";
import { gatherRepresentations, writeEntities } from "./ask-entities.ts";
import { gatherLookups, writeRoot } from "./ask-root.ts";
import type { RootAnswer } from "./ask-root.ts";
import { askRows } from "./ask-rows.ts";
import type { RowLine } from "./ask-rows.ts";
import type { Charge } from "./bill.ts";
import { callSource, writeBody } from "./call.ts";
import type { Reply } from "./call.ts";
import { markLoss } from "./loss.ts";
import type { LossCode, LossRecord, Path, Told } from "./loss.ts";
import { findLostInputs } from "./lost-inputs.ts";
import { keepOperations } from "./operations.ts";
import type { EntityOperation, RootOperation } from "./operation.ts";
import { pickVariables } from "./operation-text.ts";
import type { Row } from "./read-row.ts";
import type { AskedRow, Failure, RowAnswer } from "./read-rows.ts";
import { chargesOf, reportRows } from "./report.ts";
import { abandonment } from "./row-reply.ts";
import type { People, Variables } from "./shape.ts";
import { describeLoss } from "./source-errors.ts";

/** What the server hands each request along with: Apollo's `contextValue`. */
export interface RequestContext {
  readonly access: Access;
  /** Grows by one report a call; the response stage sums them up. */
  readonly reports: SourceReport[];
  /** Grows with what the request is charged; empty where nothing is recorded. */
  readonly charges: Charge[];
  /** Grows with the keys of the people whose rows are read for it, whether it names them or not. */
  readonly people: Set<string>;
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
  /** Asks for rows, joined with those of other requests. */
  readonly rowLine: RowLine;
  /** Types whose objects are people; undefined where nobody notes whose rows are read. */
  readonly people?: People | undefined;
  /** Finds what a request has lost so far, by the executor's request context. */
  readonly lossesOf: (request: object) => LossRecord;
  /** Milliseconds since 1970, with fractions where the clock has them. */
  readonly now: () => number;
  readonly log: SourceLog;
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
  const operationOf = keepOperations({
    source: line.source,
    lookups: line.supergraph.lookups,
    people: line.people,
  });
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
        line.rowLine.onLoss(fetch.context.access.requestId, fetch.reasons);
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
  const question = gatherRepresentations(representations, operation, line.source);
  // Before anything is awaited, since other fetches write into the rows that the keys came from.
  const lostInputs = findLostInputs(representations, fetch.near, fetch.record);
  const answers = await askReporting(operation, question.rows, fetch, line);
  return writeEntities(
    representations,
    { ...question, operation, answers, lostInputs },
    line.source,
    {
      ...writingOf(fetch, line),
      shape: operation.rows,
    },
  );
}

async function askRoot(operation: RootOperation, fetch: Fetch, line: SourceLine): Promise<Row> {
  const { joined, records } = gatherLookups(operation, fetch.variables);
  const [answer, ...rows] = await Promise.all([
    records > 0 ? askPlainly(operation, records, fetch, line) : noAnswer,
    ...joined.map((lookup) => askReporting(lookup.operation, lookup.rows, fetch, line)),
  ]);
  const byKey = new Map(joined.map(({ field }, index) => [field.key, rows[index] ?? []]));
  const data = writeRoot(operation, answer, byKey, writingOf(fetch, line));
  if (fetch.near.length === 0) fetch.record.roots.push(data);
  return data;
}

/** Asks for rows, and reports how the source took part. */
async function askReporting(
  operation: EntityOperation,
  rows: readonly AskedRow[],
  { variables, context, record, reasons }: Fetch,
  { source, rowLine }: SourceLine,
): Promise<readonly RowAnswer[]> {
  if (rows.length === 0) return [];
  const replies = await askRows(
    { operation, variables: pickVariables(operation.variables, variables), rows },
    context.access,
    record.silent.get(source.name),
    rowLine,
  );
  context.reports.push(reportRows(source.name, replies));
  context.charges.push(...chargesOf(replies));
  const silence = replies.find((reply) => reply.silence)?.silence;
  if (silence && !context.access.signal.aborted) noteSilence(silence, source.name, record);
  else if (silence?.reason !== undefined) reasons.add(silence.reason);
  return replies.map(({ answer }) => answer);
}

/** Asks for root fields that are no joined look-ups, in a call of their own. */
async function askPlainly(
  operation: RootOperation,
  records: number,
  { variables, context, record }: Fetch,
  { source, rowLine }: SourceLine,
): Promise<RootAnswer> {
  const { access, reports, charges } = context;
  const { agency, lane, requestId, signal } = access;
  const silent = signal.aborted ? abandonment(signal) : record.silent.get(source.name);
  const write = () =>
    writeBody({
      operation,
      variables: pickVariables(operation.variables, variables),
      askers: rowLine.tellsAskers ? { accesses: [access], rows: [] } : undefined,
    });
  const reply: Reply = silent
    ? { kind: "silence", failure: silent, counted: false, bill: undefined }
    : await callSource(
        {
          lane,
          requestId,
          signal,
          reads: operation.reads,
          units: () => new Map([[agency, records]]),
          write,
        },
        rowLine,
        (read) => ({ read, usable: read.kind === "said" && read.data !== null, reasons: [] }),
      );
  const usable = reply.kind === "said" && reply.data !== null;
  reports.push({
    name: source.name,
    status: usable ? "FRESH" : "UNAVAILABLE",
    asOf: usable ? new Date(reply.at).toISOString() : null,
    records: reply.counted ? records : 0,
  });
  const charge = takeAll(reply, agency, records);
  if (charge) charges.push(charge);
  if (reply.kind === "said") return { data: reply.data, errors: reply.errors, failure: null };
  if (!signal.aborted) noteSilence(reply.failure, source.name, record);
  return { data: null, errors: [], failure: reply.failure };
}

/** A call that one request makes alone is charged to it, whatever came of it. */
function takeAll({ bill }: Reply, agency: string, records: number): Charge | undefined {
  bill?.take(agency, records);
  return bill?.charge(records);
}

const noAnswer: RootAnswer = { data: null, errors: [], failure: null };

/** A source that did not answer in time or could not be reached is asked no more by this request. */
function noteSilence(failure: Failure, source: string, { silent }: LossRecord): void {
  if (failure.code === "SOURCE_UNAVAILABLE" || failure.code === "SOURCE_TIMEOUT")
    silent.set(source, failure);
}

function writingOf(fetch: Fetch, { source, now }: SourceLine) {
  const { variables, record, near, reasons, context } = fetch;
  return {
    variables,
    record,
    near,
    people: context.people,
    describe: (code: LossCode, told?: Told) => describeLoss(code, source.name, now(), told),
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
