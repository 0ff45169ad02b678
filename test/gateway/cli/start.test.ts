import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { isAlive } from "../../../gateway/local/postgres/postmaster-file.ts";
import { childrenOf } from "../../support/process-tree.ts";
import { runCommand } from "../../support/command-line.ts";
import { makeFolder, removeFolder } from "../local/cluster-owner.ts";
import { askDossier, beginSystem, freePorts } from "../../support/system.ts";

const patience = 120_000;

let folder: string;

beforeAll(async () => {
  folder = await makeFolder();
});

afterAll(() => removeFolder(folder));

/** `lien-thong start` until it says that it is ready. */
async function startSystem(args: readonly string[]) {
  const system = beginSystem(args);
  onTestFinished(() => void system.child.kill("SIGKILL"));
  return { ...system, url: await system.ready };
}

/** Sends a request as a printed line of curl has it. */
async function paste(line: string) {
  const [, url] = /^curl -s (\S+) /.exec(line)!;
  const headers = [...line.matchAll(/ -H '([^:]+): ([^']*)'/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  const [, body] = / -d '(.+)'$/.exec(line)!;
  const response = await fetch(url!, {
    method: "POST",
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: body!,
  });
  return (await response.json()) as {
    data: { citizen: Record<string, readonly unknown[] | null> };
    errors?: unknown;
  };
}

describe("One command starts the whole system", () => {
  test(
    "it prints every address, a life worth looking at and queries of a citizen and an officer that work when pasted",
    async () => {
      const { child, ended, url, printed } = await startSystem([
        "--data",
        "memory",
        "--citizens",
        "600",
      ]);
      const text = printed();
      for (const shown of ["PostgreSQL", "citizens", "population", "civil-status", "education"])
        expect(text).toContain(`  ${shown}`);
      for (const path of ["/graphql", "/explorer", "/schema.graphql", "/health", "/ready"])
        expect(text).toContain(`${url}${path}`);
      expect(text).toMatch(/A life worth looking at — .+, \d{12}: Born on .+\./);
      expect(text).toContain("All people here are invented.");

      const [own, officers, ...more] = await Promise.all(text.match(/^curl .*$/gm)!.map(paste));
      expect(more).toEqual([]);
      expect([own!.errors, officers!.errors]).toEqual([undefined, undefined]);
      const { residences, maritalHistory, healthInsurance, enrolments } = own!.data.citizen;
      expect(residences!.length).toBeGreaterThan(1);
      expect(maritalHistory!.length).toBeGreaterThan(1);
      expect(healthInsurance).not.toBeNull();
      expect(enrolments!.length).toBeGreaterThan(0);
      const { healthInsurance: _, enrolments: __, ...certified } = own!.data.citizen;
      expect(officers!.data.citizen).toEqual(certified);

      // Asked past the gateway, a register answers nobody.
      const direct = await fetch(/^ {2}population +(\S+)/m.exec(text)![1]!, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ query: "{ __typename }" }),
      });
      expect(direct.status).toBe(401);
      const { keys } = (await (await fetch(`${url}/.well-known/jwks.json`)).json()) as {
        keys: object[];
      };
      expect(keys).toHaveLength(3);

      child.kill("SIGTERM");
      expect((await ended).code).toBe(0);
    },
    patience,
  );

  test(
    "a second start on the same folder is refused, and after kill -9 the next one goes on where it was",
    async () => {
      const data = ["--data", join(folder, "kept"), "--citizens", "600"];
      const first = await startSystem(data);
      const processes = await childrenOf(first.child.pid!);
      expect(processes.length).toBeGreaterThanOrEqual(4);
      const pin = /pin=(\d{12})/.exec(first.printed())![1]!;
      const answer = await askDossier(first, pin);

      const second = await runCommand(["start", ...freePorts, ...data]);
      expect(second.code).toBe(1);
      expect(second.stderr).toMatch(/is already in use by process \d+\. Stop that one first/);

      first.child.kill("SIGKILL");
      await first.ended;
      // Whoever is there already is enough for a start that names no number.
      const third = await startSystem(data.slice(0, 2));
      expect(third.printed()).toContain("taken over where it was left running");
      expect(third.printed()).toContain("are here already");
      expect(await askDossier(third, pin)).toEqual(answer);

      const left = await childrenOf(third.child.pid!);
      third.child.kill("SIGINT");
      expect((await third.ended).code).toBe(0);
      // Orphans of the first start are the system's to bury, which it does in its own time.
      await expect
        .poll(() => [...processes, ...left].filter(isAlive), { timeout: 10_000 })
        .toEqual([]);
    },
    patience,
  );

  test("a port in use is named together with the flag, before anything is started", async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void occupant.close());
    const { port } = occupant.address() as AddressInfo;
    const data = ["--data", join(folder, "never")];
    const gateway = await runCommand(["start", ...data, "--port", String(port)]);
    expect(gateway).toMatchObject({ code: 1, stdout: "" });
    expect(gateway.stderr).toBe(
      `Port ${port} is in use; stop what uses it, or choose another by --port.\n`,
    );
    const [sector, issuer] = await Promise.all([
      runCommand(["start", ...data, ...freePorts, "--sector-port", String(port)]),
      runCommand(["start", ...data, ...freePorts, "--issuer-port", String(port)]),
    ]);
    // Of the four that follow each other, somebody else may have another.
    const [, taken] = /^Port (\d+) is in use; .* by --sector-port\.\n$/.exec(sector.stderr)!;
    expect(Number(taken) - port).toBeOneOf([0, 1, 2, 3]);
    expect(issuer.stderr).toBe(
      `Port ${port} is in use; stop what uses it, or choose another by --issuer-port.\n`,
    );
  });

  test.each([
    [["--citizens", "many"], '--citizens must be a whole number from 0 to 15000000, not "many".'],
    [["--port", "99999"], '--port must be a whole number from 0 to 65535, not "99999".'],
    [["--colour"], "Unknown option '--colour'."],
  ])("%j is refused as used wrongly", async (args, sentence) => {
    const { code, stderr } = await runCommand(["start", ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
