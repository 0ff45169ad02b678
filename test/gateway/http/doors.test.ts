import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { watchSources } from "../../../gateway/http/health.ts";
import { supergraphFile } from "../../../schema/compose.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { serveCountry } from "../../support/miniature.ts";
import type { Miniature } from "../../support/miniature.ts";

const lan = "001199012345";
const query = "query Ask($pin: PIN!) { citizen(pin: $pin) { pin fullName enrolments { grade } } }";

let country: Readonly<Record<string, Miniature>>;
let gateway: TestGateway;
beforeAll(async () => {
  country = await serveCountry({ [lan]: { fullName: "Nguyễn Thị Lan" } });
  await country["education"]?.close();
  gateway = await startTestGateway(country);
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

const get = async (path: string) => {
  const response = await fetch(`${gateway.url}${path}`);
  return { status: response.status, headers: response.headers, text: await response.text() };
};

describe("/health", () => {
  it("says that the process lives", async () => {
    expect(await get("/health")).toMatchObject({ status: 200, text: `{"status":"alive"}` });
  });
});

describe("/.well-known/jwks.json", () => {
  it("tells anybody the keys that the gateway signs with, and nothing that signs", async () => {
    const { status, headers, text } = await get("/.well-known/jwks.json");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("application/jwk-set+json; charset=utf-8");
    const { keys } = JSON.parse(text) as { keys: Record<string, string>[] };
    expect(keys.map(({ kind }) => kind).toSorted()).toEqual(["evidence", "head", "service"]);
    for (const key of keys)
      expect(Object.keys(key).toSorted()).toEqual([
        "alg",
        "crv",
        "kid",
        "kind",
        "kty",
        "use",
        "x",
        "y",
      ]);
  });

  it("is no door of an open gateway, which signs nothing", async () => {
    const open = await startTestGateway(
      country,
      {},
      { open: true, supergraph: fileURLToPath(supergraphFile) },
    );
    onTestFinished(() => open.stop());
    expect((await fetch(`${open.url}/.well-known/jwks.json`)).status).toBe(404);
  });
});

describe("/ready", () => {
  it("says of each source whether it is up, and stays ready while one is down", async () => {
    const { status, text } = await get("/ready");
    expect(status).toBe(200);
    const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(JSON.parse(text)).toEqual({
      status: "ready",
      log: { status: "RECORDING", head: null },
      sources: [
        { name: "civil-status", state: "UP", since },
        { name: "education", state: "DOWN", since },
        { name: "health-insurance", state: "UP", since },
        { name: "population", state: "UP", since },
      ],
    });
  });

  it("remembers since when, and looks once a second however often it is asked", async () => {
    let time = 0;
    let state: "up" | "down" | "unknown" = "up";
    let looks = 0;
    const watch = watchSources(
      async () => {
        looks++;
        return [{ name: "a", state }];
      },
      () => time,
    );
    const at = (ms: number) => new Date(ms).toISOString();
    expect(await watch()).toEqual([{ name: "a", state: "UP", since: at(0) }]);
    time = 999;
    state = "down";
    expect(await watch()).toEqual([{ name: "a", state: "UP", since: at(0) }]);
    expect(looks).toBe(1);
    time = 1000;
    expect(await watch()).toEqual([{ name: "a", state: "DOWN", since: at(1000) }]);
    time = 5000;
    expect(await watch()).toEqual([{ name: "a", state: "DOWN", since: at(1000) }]);
    expect(looks).toBe(3);
  });
});

describe("/metrics", () => {
  const sample = async (line: string) => {
    const { text } = await get("/metrics");
    const found = text.split("\n").find((candidate) => candidate.startsWith(`${line} `));
    return found && Number(found.slice(line.length));
  };

  it("has every series of a source at 0 before its first call", async () => {
    expect(
      await sample(`lienthong_source_calls_total{source="health-insurance",outcome="ok"}`),
    ).toBe(0);
    expect(await sample(`lienthong_requests_total{outcome="failed"}`)).toBe(0);
  });

  it("counts requests by how they ended, and what went to each source", async () => {
    const partial = `lienthong_requests_total{outcome="partial"}`;
    const records = `lienthong_source_records_total{source="population",lane="counter"}`;
    const lost = `lienthong_source_calls_total{source="education",outcome="source_unavailable"}`;
    expect([await sample(partial), await sample(records), await sample(lost)]).toEqual([
      0,
      0,
      undefined,
    ]);
    const headers = await gateway.asCitizen(lan);
    await gateway.ask({ query, variables: { pin: lan } }, { headers });
    await gateway.ask({ query: "{ nonsense }" });
    expect([await sample(partial), await sample(records), await sample(lost)]).toEqual([1, 1, 1]);
    expect(await sample(`lienthong_requests_total{outcome="refused"}`)).toBe(1);
    expect(await sample("lienthong_request_duration_seconds_count")).toBe(2);
    expect(await sample(`lienthong_source_call_duration_seconds_count{source="population"}`)).toBe(
      1,
    );
    expect(await sample("lienthong_process_resident_memory_bytes")).toBeGreaterThan(0);
  });
});

describe("/schema.graphql", () => {
  it("is the schema that clients see, without the machinery of joins", async () => {
    const { headers, text } = await get("/schema.graphql");
    expect(headers.get("content-type")).toBe("application/graphql; charset=utf-8");
    expect(buildSchema(text).getType("Citizen")).toBeDefined();
    expect(text).not.toContain("join__");
  });
});

describe("/explorer", () => {
  const built = new URL("../../../gateway/explorer/dist/", import.meta.url);

  it("brings everything along: page, scripts and styles come from here, and nothing else may", async () => {
    const { status, headers, text } = await get("/explorer");
    expect(status).toBe(200);
    const policy = headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("connect-src 'self'");
    const files = [...text.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, file]) => file!);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      expect(file).toMatch(/^\/explorer\/[\w.-]+$/);
      expect((await get(file)).status).toBe(200);
    }
  });

  it("serves the files of its bundle and no other", async () => {
    expect(readdirSync(built).length).toBeGreaterThan(2);
    for (const path of [
      "/explorer/none.js",
      "/explorer/..%2f..%2fpackage.json",
      "/explorer/%2e%2e",
    ])
      expect((await get(path)).status).toBe(404);
  });
});

describe("any other path", () => {
  it("says where to go", async () => {
    const { status, text } = await get("/citizens");
    expect(status).toBe(404);
    expect(text).toContain("/explorer");
  });
});

describe("a port of its own for operators", () => {
  it("has the metrics and each source's state, and the officers' port has neither", async () => {
    const apart = await startTestGateway(country, { INTERNAL_PORT: "0" });
    const read = async (origin: string, path: string) => {
      const response = await fetch(`${origin}${path}`);
      return { status: response.status, text: await response.text() };
    };
    const inside = apart.internalUrl!;
    expect((await read(apart.url, "/metrics")).status).toBe(404);
    expect(JSON.parse((await read(apart.url, "/ready")).text)).toEqual({ status: "ready" });
    expect((await read(inside, "/metrics")).text).toContain("lienthong_requests_total");
    expect(JSON.parse((await read(inside, "/ready")).text)).toMatchObject({
      status: "ready",
      sources: expect.arrayContaining([expect.objectContaining({ name: "population" })]),
    });
    expect((await read(inside, "/graphql")).status).toBe(404);
    await apart.stop();
  });

  it("is not opened beside the API where that listens to others", async () => {
    const everywhere = await startTestGateway(country, { HOST: "0.0.0.0" });
    const metrics = await fetch(`${everywhere.url}/metrics`);
    const ready = await fetch(`${everywhere.url}/ready`);
    expect([metrics.status, await ready.json()]).toEqual([404, { status: "ready" }]);
    await everywhere.stop();
  });
});
