import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, inject, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../subgraphs/kit/database.ts";
import { reachDatabase } from "../../../subgraphs/kit/reach-database.ts";

/** A port on which nothing listens, or not yet. */
async function findClosedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Tries to reach what `url` names, and tells how long it would have waited. */
async function reach(url: string, pause: (waited: number) => Promise<void> = async () => {}) {
  const waits: number[] = [];
  const told: string[] = [];
  const database = openDatabase(url);
  onTestFinished(() => database.destroy());
  const outcome = await reachDatabase(database, {
    variable: "POPULATION_DATABASE_URL",
    url,
    pause: async (milliseconds) => {
      waits.push(milliseconds);
      await pause(waits.length);
    },
    onRetry: (reason) => told.push(reason),
  }).then(
    () => "reached",
    (error: Error) => error.message,
  );
  return { outcome, waits, told };
}

test("A database that answers is reached without a wait", async () => {
  expect(await reach(inject("clusterUrl"))).toEqual({ outcome: "reached", waits: [], told: [] });
});

test("A database that comes up late is reached at the next attempt", async () => {
  const port = await findClosedPort();
  const real = new URL(inject("clusterUrl"));
  const proxy = createServer((socket) => {
    socket.pipe(connect(Number(real.port), real.hostname)).pipe(socket);
  });
  onTestFinished(() => void proxy.close());
  const late = inject("clusterUrl").replace(`:${real.port}/`, `:${port}/`);
  const { outcome, waits, told } = await reach(late, async (attempts) => {
    if (attempts === 2) await once(proxy.listen(port, "127.0.0.1"), "listening");
  });
  expect(outcome).toBe("reached");
  expect(waits).toEqual([100, 200]);
  expect(told[0]).toBe(
    `The database "postgres" at 127.0.0.1:${port} does not answer yet (ECONNREFUSED).`,
  );
});

test("A database that never answers ends in a sentence with the variable and the host, not the password", async () => {
  const port = await findClosedPort();
  const { outcome, waits } = await reach(`postgres://sector:geheim@127.0.0.1:${port}/population`);
  expect(outcome).toBe(
    `The database "population" at 127.0.0.1:${port} does not answer (ECONNREFUSED). ` +
      "Start it, or set POPULATION_DATABASE_URL to one that does.",
  );
  expect(waits.reduce((sum, wait) => sum + wait)).toBe(12_000);
});

test("A wrong password or a database that is not there is told at once", async () => {
  const wrong = new URL(inject("clusterUrl"));
  wrong.password = "geheim";
  expect(await reach(wrong.href)).toMatchObject({
    outcome: expect.stringMatching(/^(?!.*geheim).*\(28P01\)/),
    waits: [],
  });
  const absent = inject("clusterUrl").replace(/\/postgres$/, "/absent");
  expect(await reach(absent)).toMatchObject({
    outcome: expect.stringContaining("3D000"),
    waits: [],
  });
});

test("What is no URL is told to be none", async () => {
  const { outcome } = await reach("population on server 3");
  expect(outcome).toBe(
    "POPULATION_DATABASE_URL is not a URL. Write it as postgres://user:password@host:port/database.",
  );
});
