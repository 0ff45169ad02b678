import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { commands } from "../../../gateway/cli/lien-thong.ts";
import { spawnProgram } from "../../../gateway/local/processes.ts";
import { supergraphFile } from "../../../schema/compose.ts";
import { makeAuditPlaces } from "../../support/audit-places.ts";
import { createGatewayDatabase } from "../../support/database.ts";
import { runCommand, startCommand } from "../../support/command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "cli-"));
afterAll(() => rmSync(folder, { recursive: true }));
const supergraph = fileURLToPath(supergraphFile);
const database = await createGatewayDatabase();
afterAll(database.drop);
const places = await makeAuditPlaces();
afterAll(places.remove);
const env = {
  ...places.env,
  GATEWAY_DATABASE_URL: database.url,
  // Asked for nothing before somebody comes with a token.
  OIDC_ISSUER: "https://issuer.invalid",
};

describe("lien-thong", () => {
  it("lists its commands", async () => {
    const { code, stdout, stderr } = await runCommand(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(commands.length).toBeGreaterThan(5);
    const lines = stdout.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " — "));
    for (const { name, summary } of commands) expect(lines).toContain(`${name} — ${summary}`);
  });

  it("is used wrongly without a command, and with one that isn't there", async () => {
    const [none, wrong] = await Promise.all([runCommand([]), runCommand(["gatway"])]);
    expect(none).toMatchObject({ code: 2, stdout: "" });
    expect(wrong).toEqual({
      code: 2,
      stdout: "",
      stderr: 'There is no command "gatway". `npx lien-thong --help` lists the commands.\n',
    });
  });

  it("tells an old Node what it needs, in one sentence", async () => {
    const old = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})`;
    const { code, stderr } = await runCommand(["gateway"], { node: ["--import", old] });
    expect(code).toBe(2);
    expect(stderr).toBe(
      "lien-thong needs Node.js 24 or newer; this is 20.20.2. `npm ci` in the clone brings Node 24 along: then use `npm start` or `npx lien-thong`.\n",
    );
  });

  it("is what npm calls, by scripts and by npx, and npm may run it", () => {
    const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
    const { bin, scripts } = JSON.parse(text) as Record<string, Record<string, string>>;
    expect(bin?.["lien-thong"]).toBe("gateway/cli/lien-thong.js");
    expect(scripts?.["start"]).toBe("node gateway/cli/lien-thong.js start");
  });
});

describe("each command", () => {
  const spawned = ["seed", "people", "start"];
  it.each(commands.filter(({ name }) => !spawned.includes(name)).map(({ name }) => name))(
    "explains itself: %s --help",
    async (name) => {
      const { code, stdout, stderr } = await runCommand([name, "--help"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^lien-thong ${name}`));
    },
  );

  it.each([
    [["gateway", "--prot", "1"], "--prot"],
    [["gateway", "--port", "70000"], "--port must be a whole number from 0 to 65535"],
    [["gateway", "--open"], "--open needs --supergraph FILE"],
    [["subgraph"], "Give one NAME, out of civil-status, education"],
    [["subgraph", "customs"], "Give one NAME"],
    [["subgraph", "education", "--gateway", "4000"], "--gateway must be the gateway's URL"],
    [["units", "export"], 'units can "import", not "export".'],
    [["compose", "--chek"], "--chek"],
  ])("ends with 2 and a sentence where it is used wrongly: %j", async (args, sentence) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
  });

  it("passes on the exit code of the program that does its work", async () => {
    const { code, stdout } = await runCommand(["compose", "--check"]);
    expect(code).toBe(0);
    expect(stdout).toContain("schema/supergraph.graphql is what");
    const wrong = join(folder, "wrong.graphql");
    writeFileSync(wrong, "type Query { a: Int }");
    expect((await runCommand(["check", "--against", wrong])).code).toBe(1);
  });
});

describe("lien-thong gateway", () => {
  it("says where it is ready, answers there, and stops on SIGTERM with exit code 0", async () => {
    const { child, ended, stderr } = startCommand(["gateway", "--port", "0"], { env });
    await expect.poll(stderr, { timeout: 20_000 }).toContain("ready on");
    const url = /ready on (\S+)/.exec(stderr())?.[1];
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: "alive" });
    child.kill("SIGTERM");
    const { code, stdout } = await ended;
    expect(code).toBe(0);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { msg: string });
    // The test's role owns the log, which is told, too.
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(["ready", "stopped"]));
  });

  it("says what it needs where no database is named to keep account of the owners' limits in", async () => {
    const { code, stderr } = await runCommand(["gateway", "--port", "0"], {
      env: { ...env, GATEWAY_DATABASE_URL: "" },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^GATEWAY_DATABASE_URL is not set\. [^\n]*\n$/);
  });

  it("says how to make the keys that it signs with, where no folder of them is named", async () => {
    const { code, stderr } = await runCommand(["gateway", "--port", "0"], {
      env: { ...env, SIGNING_KEYS_DIR: "" },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^SIGNING_KEYS_DIR is not set\. [^\n]*`npx lien-thong keys make DIR`[^\n]*\n$/,
    );
  });

  it("says that it needs an issuer of access tokens", async () => {
    const { code, stderr } = await runCommand(["gateway", "--port", "0"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^OIDC_ISSUER is not set\. [^\n]*\n$/);
  });

  it("warns when it is open, and listens on this machine alone", async () => {
    const { child, ended, stderr } = startCommand([
      ...["gateway", "--open", "--supergraph", supergraph, "--port", "0"],
    ]);
    await expect.poll(stderr, { timeout: 20_000 }).toContain("ready on http://localhost:");
    expect(stderr()).toMatch(/^Open: whoever reaches this gateway may ask everything/);
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
  });

  it("stops when told to, whoever started it and still listens to it", async () => {
    const program = spawnProgram(
      new URL("../../../gateway/cli/lien-thong.js", import.meta.url),
      ["gateway", "--open", "--supergraph", supergraph, "--port", "0"],
      { PATH: process.env["PATH"] },
      { name: "gateway" },
    );
    await program.ready;
    expect(await program.stop()).toEqual({ code: 0, signal: null });
  });

  it("ends with 1 and a sentence where the port is taken or the supergraph does not parse", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const port = String((other.address() as AddressInfo).port);
    const broken = join(folder, "broken.graphql");
    writeFileSync(broken, "type Query {");
    const [taken, unread] = await Promise.all([
      runCommand(["gateway", "--port", port], { env }),
      runCommand(["gateway", "--supergraph", broken, "--port", "0"], { env }),
    ]);
    other.close();
    expect(taken).toEqual({
      code: 1,
      stdout: "",
      stderr: `Port ${port} on 127.0.0.1 is in use; choose another by --port or PORT.\n`,
    });
    expect(unread.code).toBe(1);
    expect(unread.stderr).toMatch(
      /^\S+broken\.graphql is not a GraphQL schema: Syntax Error[^\n]*\n$/,
    );
  });
});

describe("a program that a command runs", () => {
  it("ends with its command, even by kill -9", async () => {
    const guard = new URL("../../../gateway/cli/program.ts", import.meta.url).href;
    const patient = join(folder, "patient.mjs");
    writeFileSync(patient, `console.log("pid " + process.pid); setInterval(() => {}, 1000);`);
    const script = `import { runForeground } from ${JSON.stringify(guard)};
      import { pathToFileURL } from "node:url";
      await runForeground(pathToFileURL(${JSON.stringify(patient)}), []);`;
    const starter = join(folder, "starter.mjs");
    writeFileSync(starter, script);
    const parent = spawn(process.execPath, [starter], { stdio: ["ignore", "pipe", "ignore"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(/pid (\d+)/.exec(String(line))?.[1]);
    expect(pid).toBeGreaterThan(0);
    parent.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
