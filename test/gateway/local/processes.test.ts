import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { spawnProgram } from "../../../gateway/local/processes.ts";

const folder = mkdtempSync(join(tmpdir(), "programs-"));
afterAll(() => rmSync(folder, { recursive: true }));

function program(name: string, source: string): URL {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, source);
  return pathToFileURL(file);
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a program that we start", () => {
  it("says by the channel where it answers, and stops when asked", async () => {
    const file = program(
      "server",
      `process.on("SIGTERM", () => { console.log("stopping"); process.exit(0); });
       process.send({ ready: "http://127.0.0.1:1/" + process.argv[2] + process.env.SUFFIX });
       setInterval(() => {}, 1000);`,
    );
    const lines: string[] = [];
    const server = spawnProgram(
      file,
      ["graphql"],
      { SUFFIX: "!" },
      { name: "server", onLine: (line, stream) => lines.push(`${stream}: ${line}`) },
    );
    expect(await server.ready).toBe("http://127.0.0.1:1/graphql!");
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect(lines).toEqual(["stdout: stopping"]);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it("gives its last line on stderr where it ends before it is ready", async () => {
    const file = program("broken", `console.error("the book is missing"); process.exit(3);`);
    const broken = spawnProgram(file, [], {}, { name: "population" });
    await expect(broken.ready).rejects.toThrow(
      "population ended with exit code 3 before it was ready. the book is missing",
    );
    expect(await broken.ended).toEqual({ code: 3, signal: null });
  });

  it("is ended by SIGKILL where it ignores SIGTERM", async () => {
    const file = program(
      "deaf",
      `process.on("SIGTERM", () => {}); process.send({ ready: "x" }); setInterval(() => {}, 1000);`,
    );
    const deaf = spawnProgram(file, [], {}, { name: "deaf" });
    await deaf.ready;
    expect(await deaf.stop(1)).toEqual({ code: null, signal: "SIGKILL" });
  });

  it("notices a death that nobody asked for", async () => {
    const file = program("mortal", `process.send({ ready: "x" }); setInterval(() => {}, 1000);`);
    const mortal = spawnProgram(file, [], {}, { name: "mortal" });
    await mortal.ready;
    process.kill(mortal.pid, "SIGKILL");
    expect(await mortal.ended).toEqual({ code: null, signal: "SIGKILL" });
    expect(isAlive(mortal.pid)).toBe(false);
  });

  it("learns from the channel that its starter was killed", async () => {
    program(
      "child",
      `process.on("disconnect", () => process.exit(0));
       process.send({ ready: String(process.pid) }); setInterval(() => {}, 1000);`,
    );
    const processes = new URL("../../../gateway/local/processes.ts", import.meta.url).href;
    const parentFile = program(
      "parent",
      `import { spawnProgram } from ${JSON.stringify(processes)};
       const child = spawnProgram(new URL("./child.mjs", import.meta.url), [], {}, { name: "child" });
       process.send({ ready: await child.ready });`,
    );
    const parent = spawnProgram(parentFile, [], {}, { name: "parent" });
    const childPid = Number(await parent.ready);
    expect(isAlive(childPid)).toBe(true);
    process.kill(parent.pid, "SIGKILL");
    await parent.ended;
    await expect.poll(() => isAlive(childPid), { timeout: 10_000 }).toBe(false);
  });
});
