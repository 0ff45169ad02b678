import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { afterAll, afterEach, expect, onTestFinished, test } from "vitest";
import { spawnProgram } from "../../gateway/local/processes.ts";
import { urlVariable } from "../../gateway/source-variables.ts";
import { makePopulation } from "../../subgraphs/population/server.ts";
import { runCommand } from "../support/command-line.ts";
import { startFaultySource } from "../support/faulty-source.ts";
import { startMinistriesGateway } from "../support/ministries-gateway.ts";
import { moreOf, openRecordingPlace } from "../support/recording-gateway.ts";
import type { RecordingPlace } from "../support/recording-gateway.ts";
import { startSectorUnderTest } from "../support/sector.ts";

const { ministries, heal, close } = await startMinistriesGateway();
const register = await startSectorUnderTest(makePopulation({ perDay: 200_000 }));
const population = await startFaultySource(register.url);
afterEach(heal);
afterAll(async () => {
  await close();
  await population.close();
  await register.stop();
});
const sources = { ...ministries.sources, population };

interface Day {
  readonly source: string;
  readonly day: string;
  readonly units: number;
  readonly ledger: number;
}

/** Settles with the owner, and recomputes the ledger, both by the command line. */
async function rebuild({ url, places }: RecordingPlace) {
  const env = { GATEWAY_DATABASE_URL: url, POPULATION_URL: register.url, ...places.env };
  await expect
    .poll(
      async () => {
        const { stdout } = await runCommand(["quota", "reconcile", "--no-repair", "--json"], {
          env,
        });
        const days = JSON.parse(stdout) as { leased: number; doubt: number }[];
        return days.reduce((sum, { leased, doubt }) => sum + leased + doubt, 0);
      },
      { timeout: 30_000, interval: 500 },
    )
    .toBe(0);
  const { code, stdout, stderr } = await runCommand(["audit", "rebuild-quota", "--json"], { env });
  expect(stderr).toBe("");
  const days = JSON.parse(stdout) as Day[];
  return { code, population: days.filter(({ source }) => source === "population"), days };
}

async function readMeter(day: string): Promise<number> {
  const response = await fetch(`${new URL(register.url).origin}/meter?day=${day}`);
  return ((await response.json()) as { records: number }).records;
}

const aboutTwo =
  "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName maritalHistory { date } } }";

/** Somebody of so many, whom nobody bears. */
const person = (n: number) => `0010880${String(n).padStart(5, "0")}`;

/** Asks about two people; the request's id where an answer came. */
async function ask(
  url: string,
  n: number,
  place: RecordingPlace,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const id = randomUUID();
  try {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: {
        ...(await place.headersOf({ agency: `agency-${n % 3}` })),
        "content-type": "application/json",
        "x-request-id": id,
        "x-purpose": "marriage-registration",
        "x-case": `HS-${id}`,
      },
      body: JSON.stringify({
        query: aboutTwo,
        variables: { pins: n < 1_000 ? [person(n % 40), person((n * 7) % 55)] : [person(n)] },
      }),
      ...(signal && { signal }),
    });
    const { data } = (await response.json()) as { data?: unknown };
    return data === undefined ? undefined : (response.headers.get("x-request-id") ?? undefined);
  } catch {
    return undefined;
  }
}

test("What was spent is recomputed from the log to the unit, also of calls whose askers had gone", async () => {
  const place = await openRecordingPlace(sources);
  const before = await readToday();
  const gateway = await place.start();
  await Promise.all(
    Array.from({ length: 80 }, async (_, n) => {
      // Every third one goes away while its calls are under way.
      const signal = n % 3 === 0 ? AbortSignal.timeout(1 + (n % 20)) : undefined;
      await ask(gateway.url, n, place, signal);
    }),
  );
  // The whole of a call's askers go while the owner answers late.
  population.fault = { kind: "late", ms: 100 };
  await ask(gateway.url, 1_001, place, AbortSignal.timeout(50));
  population.fault = { kind: "cut" };
  await ask(gateway.url, 1_000, place);
  population.fault = { kind: "none" };
  await gateway.stop();
  const { code, population: days } = await rebuild(place);
  expect(days).toHaveLength(1);
  const [day] = days;
  expect(day!.units).toBe(day!.ledger);
  expect(day!.units).toBe((await readMeter(day!.day)) - before);
  expect(day!.units).toBeGreaterThan(50);
  expect(code).toBe(0);
  const kinds = (await place.readLog()).map(({ entry }) => entry!.kind);
  expect(kinds).toEqual(expect.arrayContaining(["access", "reconciled"]));
});

/** Records that the owner has counted today. */
function readToday(): Promise<number> {
  return readMeter(new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }).format());
}

test("A ledger that was changed is told", async () => {
  const place = await openRecordingPlace(sources);
  const gateway = await place.start();
  await ask(gateway.url, 5, place);
  await gateway.stop();
  await place.database
    .updateTable("owner_day")
    .set((set) => ({ free: set("free", "-", 1), counter_spent: set("counter_spent", "+", 1) }))
    .where("source", "=", "population")
    .execute();
  const { code, population: days } = await rebuild(place);
  expect(code).toBe(1);
  expect(days[0]!.ledger).toBe(days[0]!.units + 1);
});

test("After kill -9 under load no answer lacks its entry, and log and ledger agree to the unit", async () => {
  const place = await openRecordingPlace(sources);
  const before = await readToday();
  const answered: string[] = [];
  for (let kill = 0; kill < 3; kill++) {
    const program = spawnProgram(
      new URL("../../gateway/cli/lien-thong.ts", import.meta.url),
      ["gateway", "--port", "0"],
      {
        PATH: process.env["PATH"],
        ...Object.fromEntries(
          Object.entries(sources).map(([name, { url }]) => [urlVariable(name), url]),
        ),
        LOG_LEVEL: "error",
        ...place.env,
      },
      { name: "gateway" },
    );
    onTestFinished(async () => void (await program.stop()));
    const url = await program.ready;
    const over = new AbortController();
    const officers = Array.from({ length: 12 }, async (_, officer) => {
      for (let n = officer; !over.signal.aborted; n += 12) {
        const id = await ask(url, n + kill * 13, place);
        if (id === undefined) return;
        answered.push(id);
        if (answered.length > (kill + 1) * 120) over.abort();
      }
    });
    await once(over.signal, "abort");
    process.kill(program.pid, "SIGKILL");
    await Promise.all(officers);
  }
  const logged = new Set((await place.readLog()).map((row) => moreOf(row)["requestId"]));
  expect(answered.filter((id) => !logged.has(id))).toEqual([]);
  const { population: days } = await rebuild(place);
  expect(days).toHaveLength(1);
  expect(days[0]!.units).toBe(days[0]!.ledger);
  expect(days[0]!.units).toBe((await readMeter(days[0]!.day)) - before);
}, 60_000);
