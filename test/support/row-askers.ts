import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { supergraphFile } from "../../schema/compose.ts";
import type { Caller, SourceReport } from "../../gateway/access.ts";
import type { Quota, SourceQuota } from "../../gateway/quota/quota.ts";
import { readSupergraph } from "../../gateway/federation/supergraph.ts";
import type { Loss } from "../../gateway/source/loss.ts";
import type { Row } from "../../gateway/source/read-row.ts";
import { openSources } from "../../gateway/source/sources.ts";
import type { LineTerms } from "../../gateway/source/sources.ts";
import { startHeldSource } from "./held-source.ts";
import type { HeldSource } from "./held-source.ts";

/** What one request's fetch got. */
export interface Got {
  readonly rows: readonly Row[];
  /** Names in the rows. */
  readonly names: readonly unknown[];
  readonly report: SourceReport;
  readonly losses: readonly Pick<Loss, "code">[];
}

export interface AskOptions extends Partial<Caller> {
  readonly signal?: AbortSignal;
  /** Steps of one request have one; by default each is a request of its own. */
  readonly request?: object;
  /** What is asked of each citizen. Default: the name. */
  readonly fields?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Definitions of the variables, such as `$on:Date!`. */
  readonly defined?: string;
}

/** Requests that ask one source, which answers when told so, about citizens by their numbers. */
export interface RowAskers {
  readonly source: HeldSource;
  /** The units of the source, where they are kept. */
  readonly quota: (Quota & { readonly source: SourceQuota }) | undefined;
  /** Asks; the question is in its batch when this returns. */
  ask(pins: readonly string[], options?: AskOptions): Promise<Got>;
  close(): Promise<void>;
}

const supergraph = readSupergraph(readFileSync(supergraphFile, "utf8"), "supergraph.graphql");

/**
 * Opens a line to a source that answers when told so, by these terms.
 *
 * @param openUnits opens the quota of the source; without, its calls cost nothing
 */
export async function startRowAskers(
  terms: Partial<LineTerms> = {},
  now: () => number = Date.now,
  openUnits?: (source: HeldSource) => NonNullable<RowAskers["quota"]>,
): Promise<RowAskers> {
  const source = await startHeldSource();
  const quota = openUnits?.(source);
  const sources = openSources({
    supergraph,
    urls: Object.fromEntries([...supergraph.sources.keys()].map((name) => [name, source.url])),
    terms: { population: { timeoutMs: 20_000, ...terms } },
    opensAt: { size: 1_000, minimumNumberOfCalls: 1_000, threshold: 0.99 },
    ...(quota && { quotas: new Map([["population", quota.source]]) }),
    now,
    newId: randomUUID,
    random: () => 0,
    log: { warn: () => undefined, error: () => undefined },
  });
  const { population } = sources.dataSources;
  let requests = 0;
  return {
    source,
    quota,
    async ask(pins, options = {}) {
      const {
        fields = "fullName",
        variables = {},
        defined = "",
        signal,
        request = {},
        ...caller
      } = options;
      const reports: SourceReport[] = [];
      const access = {
        requestId: `request-${++requests}`,
        agency: "H26",
        purpose: "residence-check",
        lane: "counter",
        signal: signal ?? new AbortController().signal,
        ...caller,
      } as const;
      const { data } = await population!.process({
        kind: "incoming operation",
        request: {
          query: `query($representations:[_Any!]!${defined}){_entities(representations:$representations){...on Citizen{${fields}}}}`,
          variables: {
            representations: pins.map((pin) => ({ __typename: "Citizen", pin })),
            ...variables,
          },
        },
        incomingRequestContext: request,
        context: { access, reports, charges: [], people: new Set() },
      } as unknown as Parameters<NonNullable<typeof population>["process"]>[0]);
      const rows = (data as { _entities: Row[] })._entities;
      const losses = sources
        .lossesOf(request)
        .rows.flatMap(({ fields: lost, whole }) =>
          whole ? [whole] : lost.map(({ loss }) => loss),
        );
      return { rows, names: rows.map(({ fullName }) => fullName), report: reports[0]!, losses };
    },
    async close() {
      source.close();
      await sources.close();
    },
  };
}
