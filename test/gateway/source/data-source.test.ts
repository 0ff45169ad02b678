import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createFederation } from "../../../gateway/federation/federation.ts";
import { placeErrors } from "../../../gateway/federation/response.ts";
import { readSupergraph } from "../../../gateway/federation/supergraph.ts";
import { openBatches } from "../../../gateway/source/batch.ts";
import { openCache } from "../../../gateway/source/cache.ts";
import { createDataSource } from "../../../gateway/source/data-source.ts";
import type { SourceLog } from "../../../gateway/source/data-source.ts";
import { openLossRecord } from "../../../gateway/source/loss.ts";
import { shapeObject } from "../../../gateway/source/shape.ts";

const supergraph = readSupergraph(readFileSync("schema/supergraph.graphql", "utf8"), "x.graphql");

/** A data source of which everything that it stands on breaks. */
function brokenSource(log: unknown[]) {
  const record = openLossRecord();
  const now = () => 0;
  const keep: SourceLog["warn"] = (...line) => void log.push(line);
  const dataSource = createDataSource({
    source: supergraph.sources.get("population")!,
    supergraph,
    rowLine: {
      source: { name: "population" },
      wire: {
        send: () => Promise.reject(new Error("001085000001")),
        state: () => ({ state: "closed", since: 0, retryAt: null }),
      },
      now,
      onLoss: () => undefined,
      onCall: () => undefined,
      batches: openBatches({ windowMs: 1, largest: 10 }),
      flights: new Map(),
      onCache: () => undefined,
      cache: openCache({ cacheSeconds: 0, staleSeconds: 0, maxBytes: 1_000, now }),
      joinRequests: true,
      joinAgencies: true,
      takeTurn: () => Promise.resolve(),
      tellsAskers: true,
      mayDeny: () => true,
    },
    lossesOf: () => record,
    now,
    log: { warn: keep, error: keep },
  });
  const process = (query: string, variables: Record<string, unknown>) =>
    dataSource.process({
      kind: "incoming operation",
      request: { query, variables },
      context: {
        access: { requestId: "r-1", signal: new AbortController().signal },
        reports: [],
        charges: [],
        people: new Set(),
      },
    } as unknown as Parameters<typeof dataSource.process>[0]);
  return { process, record };
}

test("a fault of the gateway's own costs a source's rows and no exception, and the log quotes nobody", async () => {
  const log: unknown[] = [];
  const { process, record } = brokenSource(log);
  const { data } = await process(
    "query($representations:[_Any!]!){_entities(representations:$representations){...on Citizen{fullName}}}",
    { representations: [{ __typename: "Citizen", pin: "001085000001" }] },
  );
  record.roots.push({ citizen: (data!["_entities"] as object[])[0] });
  expect(placeErrors({ citizen: {} }, record)).toMatchObject([
    { path: ["citizen"], extensions: { code: "SOURCE_ERROR", source: "population" } },
  ]);
  expect(JSON.stringify(log)).toContain("r-1");
  expect(JSON.stringify(log)).not.toContain("001085000001");
});

test("text that is no operation costs an error and no exception", async () => {
  const { process, record } = brokenSource([]);
  expect(await process("{", { representations: "none" })).toMatchObject({ data: {} });
  expect(placeErrors({ citizen: null }, record)).toMatchObject([
    { extensions: { code: "SOURCE_ERROR" } },
  ]);
});

test("an operation of the agreement that cannot be planned says so when it is planned ahead", () => {
  const log = { warn: () => undefined, error: () => undefined };
  const sources = { dataSources: {}, lossesOf: () => brokenSource([]).record };
  const { warm } = createFederation({ supergraph, sources, shapeObject, log });
  warm([`query One { citizen(pin: "001085000001") { fullName } }`]);
  expect(() => warm(["{ nowhere }"])).toThrow(/nowhere/);
});
