import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { sql } from "kysely";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../subgraphs/kit/database.ts";
import { readSettings } from "../../../subgraphs/kit/settings.ts";
import { migrations } from "../../../subgraphs/population/database/migrations.ts";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { createDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { startSigningGateway } from "../../support/signing-gateway.ts";

let file: TestDatabase;

beforeAll(async () => {
  file = await createDatabase({ name: "population", migrations });
  const database = openDatabase<DB>(file.url);
  await insertRows(database, tranThiHoa.population);
  await database.destroy();
});
afterAll(() => file?.drop());

/** Runs `subgraphs/population/server.ts` as a process of its own, with nothing but `env`. */
function runPopulation(env: Readonly<Record<string, string>>): ChildProcess {
  const child = fork("subgraphs/population/server.ts", {
    execArgv: [],
    env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function startPopulation(
  env: Readonly<Record<string, string>> = {},
): Promise<{ child: ChildProcess; url: string }> {
  const open = { SERVICE_TOKENS: env["GATEWAY_JWKS_URL"] ? "" : "none" };
  const child = runPopulation({ POPULATION_DATABASE_URL: file.url, PORT: "0", ...open, ...env });
  child.stdout?.resume();
  const [{ ready: url }] = (await once(child, "message")) as [{ ready: string }];
  return { child, url };
}

const ask = (url: string) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      query: `{ citizen(pin: "${hoaPin}") { fullName residences { kind } } }`,
    }),
  });

test("A sector tells its parent where it answers, and ends when the parent's channel closes", async () => {
  const { child, url } = await startPopulation();
  const answer = (await (await ask(url)).json()) as { data: { citizen: { fullName: string } } };
  expect(answer.data.citizen.fullName).toBe("Trần Thị Hoa");
  child.disconnect();
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("A sector that is told where the gateway's keys are answers the gateway alone, and by its own policy", async () => {
  const gateway = await startSigningGateway(Date.now);
  onTestFinished(() => gateway.stop());
  const { url } = await startPopulation({ GATEWAY_JWKS_URL: gateway.jwksUrl });
  expect((await ask(url)).status).toBe(401);
  const askFor = async (purpose: string) => {
    const askers = [{ agency: "a", purpose, lane: "counter", requestId: "r" }];
    const query = `{ citizen(pin: "${hoaPin}") { sex } }`;
    const body = JSON.stringify({ query, extensions: { askers, rows: [] } });
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${gateway.sign("population", body)}`,
      },
      body,
    });
    return await response.json();
  };
  expect(await askFor("marriage-registration")).toEqual({ data: { citizen: { sex: "FEMALE" } } });
  expect(await askFor("utility-supply")).toMatchObject({
    errors: [{ extensions: { code: "FORBIDDEN", fields: ["Citizen.sex"] } }],
  });
});

test("A sector that is not told whom to answer does not start", async () => {
  const env = { POPULATION_DATABASE_URL: file.url, PORT: "0" };
  expect(await expectRefusal(env)).toEqual({
    said: "GATEWAY_JWKS_URL is not set. A register answers the gateway alone: say where its keys are, such as https://gateway/.well-known/jwks.json. For a trial on this machine, SERVICE_TOKENS=none answers whoever asks.\n",
    exitCode: 2,
  });
});

test.each([
  [{ SERVICE_TOKENS: "off" }, /^SERVICE_TOKENS must be none.* not "off"\.$/],
  [
    { SERVICE_TOKENS: "none", HOST: "0.0.0.0" },
    /^SERVICE_TOKENS=none .* HOST must be this machine alone.* not "0\.0\.0\.0"\./,
  ],
  [
    { SERVICE_TOKENS: "none", GATEWAY_JWKS_URL: "http://gateway/keys" },
    /^GATEWAY_JWKS_URL and SERVICE_TOKENS=none contradict each other\./,
  ],
])("Whom to answer is said by one setting, and by one that is safe: %j", (env, sentence) => {
  const database = { POPULATION_DATABASE_URL: "postgres://localhost/population" };
  expect(() => readSettings("population", { ...database, ...env })).toThrow(sentence);
});

test("What is no address of keys is refused", () => {
  const env = { POPULATION_DATABASE_URL: "postgres://localhost/population" };
  for (const GATEWAY_JWKS_URL of ["gateway", "file:///keys.json", "gateway:4000/keys"])
    expect(() => readSettings("population", { ...env, GATEWAY_JWKS_URL })).toThrow(
      `GATEWAY_JWKS_URL must be the address of the gateway's keys, such as https://gateway/.well-known/jwks.json, not "${GATEWAY_JWKS_URL}".`,
    );
});

test.each(["SIGTERM", "SIGINT"] as const)("On %s a running request is finished", async (signal) => {
  const { child, url } = await startPopulation();
  const database = openDatabase<DB>(file.url);
  onTestFinished(() => database.destroy());
  const running = await database.transaction().execute(async (transaction) => {
    await sql`lock table residence in access exclusive mode`.execute(transaction);
    const request = ask(url);
    await waitUntil(() => isWaitingForLock(transaction));
    child.kill(signal);
    await waitUntil(() =>
      fetch(url.replace("/graphql", "/health")).then(
        () => false,
        () => true,
      ),
    );
    return { request };
  });
  const response = await running.request;
  const answer = (await response.json()) as { data: { citizen: { residences: unknown[] } } };
  expect(answer.data.citizen.residences).toHaveLength(7);
  expect(await once(child, "exit")).toEqual([0, null]);
});

async function isWaitingForLock(database: { getExecutor: unknown }): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`
    select exists (select from pg_locks where not granted and relation = 'residence'::regclass) as waiting
  `.execute(database as never);
  return rows[0]?.waiting === true;
}

/** Each look takes a round trip to another process, so that none is a busy loop. */
async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}

async function expectRefusal(env: Readonly<Record<string, string>>) {
  const child = runPopulation(env);
  const [said, [exitCode]] = await Promise.all([
    text(child.stderr as NonNullable<ChildProcess["stderr"]>),
    once(child, "exit"),
  ]);
  return { said, exitCode: exitCode as number };
}

test("Without a database the program says which variable to set", async () => {
  expect(await expectRefusal({})).toEqual({
    said: "POPULATION_DATABASE_URL is not set. Set it to postgres://user:password@host:port/database.\n",
    exitCode: 2,
  });
});

test("A database that will not have it ends the program with its host and without the password", async () => {
  const wrong = new URL(file.url);
  wrong.password = "geheim";
  const { said, exitCode } = await expectRefusal({
    POPULATION_DATABASE_URL: wrong.href,
    SERVICE_TOKENS: "none",
    PORT: "0",
  });
  expect(exitCode).toBe(1);
  expect(said).toContain(`at ${wrong.host} does not answer (28P01)`);
  expect(said).toContain("POPULATION_DATABASE_URL");
  expect(said).not.toContain("geheim");
});

test("A port in use ends the program with the port and what to change", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const env = { POPULATION_DATABASE_URL: file.url, SERVICE_TOKENS: "none", PORT: String(port) };
  expect(await expectRefusal(env)).toEqual({
    said: `Port ${port} is in use. Choose another with --port or the variable PORT.\n`,
    exitCode: 1,
  });
});

test("The port of the terms is the default, and what is no port is refused", () => {
  const url = {
    CIVIL_STATUS_DATABASE_URL: "postgres://localhost/civil_status",
    SERVICE_TOKENS: "none",
  };
  expect(readSettings("civil-status", url)).toMatchObject({ port: 4002, host: "127.0.0.1" });
  for (const PORT of ["http", "65536", "-1", "40.5"])
    expect(() => readSettings("civil-status", { ...url, PORT })).toThrow(
      `PORT must be a whole number from 0 to 65535, not "${PORT}".`,
    );
});
