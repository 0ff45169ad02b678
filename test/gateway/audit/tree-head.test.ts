import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { scheduleHeads } from "../../../gateway/audit/head-schedule.ts";
import type { HeadScheduleOptions } from "../../../gateway/audit/head-schedule.ts";
import {
  listHeads,
  publishByCommand,
  publishToFolder,
  readNewestHead,
} from "../../../gateway/audit/published-heads.ts";
import { confirmHead, HeadRefused, signHead } from "../../../gateway/audit/tree-head.ts";
import { openKeys } from "./heads.ts";
import { accessTo } from "./access.ts";
import { connectTo, createLogDatabase, startLog } from "./log-database.ts";

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "lien-thong-heads-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function openSigner() {
  const connections = connectTo(await createLogDatabase());
  const keys = await openKeys();
  const signer = { connections, sign: keys.sign, now: Date.now };
  return { ...keys, connections, signer, log: startLog(connections) };
}

/** As whoever owns the database could. */
async function rewrite(connections: Awaited<ReturnType<typeof openSigner>>["connections"]) {
  await connections.query(`
    set session_replication_role = replica;
    update log_entry set leaf_hash = sha256(leaf_hash) where index = 0;
    set session_replication_role = origin`);
}

describe("A tree head", () => {
  test("is a signed word on size, root and time", async () => {
    const { log, signer, readHead } = await openSigner();
    await log.append([accessTo(1), accessTo(2), accessTo(3)]);
    const head = await signHead(signer, undefined);
    const [header, payload] = head.jws
      .split(".", 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as object);
    expect(header).toMatchObject({ typ: "lien-thong-head+jws", alg: "ES256" });
    const root = Buffer.from(head.root).toString("base64url");
    expect(payload).toEqual({ at: head.at, root, size: 3 });
    expect(await readHead(head.jws)).toEqual(head);
    const [start, end] = [head.jws.slice(0, -20), head.jws.slice(-19)];
    const other = head.jws.at(-20) === "A" ? "B" : "A";
    expect(await readHead(`${start}${other}${end}`)).toBeUndefined();
    expect(await readHead("head")).toBeUndefined();
  });

  test("is signed only where the log grew out of the head before", async () => {
    const { log, signer, connections } = await openSigner();
    await log.append([accessTo(1), accessTo(2), accessTo(3)]);
    const head = await signHead(signer, undefined);
    await log.append([accessTo(4), accessTo(5)]);
    expect((await signHead(signer, head)).size).toBe(5);
    await expect(signHead(signer, { ...head, size: 6 })).rejects.toThrow(
      "says that the log has 6 entries, and the database holds 5",
    );
    await confirmHead(connections, head);
    await rewrite(connections);
    await expect(signHead(signer, head)).rejects.toThrow("the log was changed");
    await expect(confirmHead(connections, head)).rejects.toThrow("the log was changed");
    await expect(confirmHead(connections, head)).rejects.toThrow(HeadRefused);
  });

  test("is not signed by a gateway whose clock is more than five seconds off", async () => {
    const { signer } = await openSigner();
    for (const off of [-8_000, 8_000])
      await expect(signHead({ ...signer, now: () => Date.now() + off }, undefined)).rejects.toThrow(
        "clock is 8 seconds away",
      );
  });
});

describe("A folder of heads", () => {
  test("gets one file a head, which is never written over", async () => {
    const { log, signer, readHead } = await openSigner();
    const folder = await makeFolder();
    const publish = publishToFolder(folder, readHead);
    expect(await readNewestHead(folder, readHead)).toBeUndefined();
    await log.append([accessTo(1)]);
    const first = await signHead(signer, undefined);
    await publish(first);
    await log.append([accessTo(2)]);
    const second = await signHead(signer, first);
    await publish(second);
    // Another process signs the same size a moment later: an ECDSA signature is never the same twice.
    await publish(await signHead(signer, first));
    expect(await readdir(folder)).toEqual(["0000000000000001.jws", "0000000000000002.jws"]);
    expect(await readNewestHead(folder, readHead)).toEqual(second);
    const listed: string[] = [];
    for await (const { jws } of listHeads(folder)) listed.push(jws);
    expect(listed).toEqual([first.jws, second.jws]);
  });

  test("shows a second log under the same name, and a head that nobody signed", async () => {
    const [one, other] = [await openSigner(), await openSigner()];
    const folder = await makeFolder();
    await one.log.append([accessTo(1)]);
    await other.log.append([accessTo(2)]);
    await publishToFolder(folder, one.readHead)(await signHead(one.signer, undefined));
    const foreign = await signHead(other.signer, undefined);
    await expect(publishToFolder(folder, one.readHead)(foreign)).rejects.toThrow("another log");
    const file = join(folder, "0000000000000009.jws");
    await writeFile(file, "head");
    await expect(readNewestHead(folder, one.readHead)).rejects.toThrow("no tree head");
    expect(await readFile(file, "utf8")).toBe("head");
    expect(await readdir(folder)).toHaveLength(2);
  });

  test("that is gone fails with its name", async () => {
    const { signer, readHead } = await openSigner();
    const publish = publishToFolder(join(await makeFolder(), "gone"), readHead);
    await expect(publish(await signHead(signer, undefined))).rejects.toThrow("ENOENT");
  });
});

describe("A command", () => {
  test("gets the head on its standard input, without a shell", async () => {
    const { signer } = await openSigner();
    const file = join(await makeFolder(), "$(head) ;x");
    const head = await signHead(signer, undefined);
    const script = "process.stdin.pipe(require('fs').createWriteStream(process.argv[1]))";
    await publishByCommand([process.execPath, "-e", script, file])(head);
    expect(await readFile(file, "utf8")).toBe(`${head.jws}\n`);
  });

  test("that fails, or is not there, is named", async () => {
    const head = await signHead((await openSigner()).signer, undefined);
    await expect(publishByCommand(["/nowhere/publish"])(head)).rejects.toThrow("could not be run");
    const failing = publishByCommand([process.execPath, "-e", "process.exit(3)"]);
    await expect(failing(head)).rejects.toThrow("ended with 3");
  });
});

describe("Heads at an interval", () => {
  async function openSchedule(told: Partial<HeadScheduleOptions> = {}) {
    const opened = await openSigner();
    const folder = await makeFolder();
    const failures: unknown[] = [];
    const schedule = scheduleHeads({
      ...opened.signer,
      publish: publishToFolder(folder, opened.readHead),
      previous: undefined,
      everyMs: 20,
      onFailure: (error) => failures.push(error),
      ...told,
    });
    onTestFinished(() => schedule.stop());
    return { ...opened, folder, failures, schedule };
  }

  test("are published as the log grows, and once more at the end", async () => {
    const { log, folder, schedule, failures } = await openSchedule();
    await log.append([accessTo(1)]);
    await expect.poll(() => readdir(folder)).toEqual(["0000000000000001.jws"]);
    await log.append([accessTo(2)]);
    await expect.poll(() => schedule.newest()?.size).toBe(2);
    const slow = await openSchedule({ everyMs: 3_600_000 });
    await slow.log.append([accessTo(1), accessTo(2)]);
    await slow.schedule.stop();
    expect(await readdir(slow.folder)).toEqual(["0000000000000002.jws"]);
    expect(failures).toEqual([]);
  });

  test("end where the log was changed, and say so", async () => {
    const { log, folder, schedule, failures, connections } = await openSchedule();
    await log.append([accessTo(1), accessTo(2)]);
    await expect.poll(() => schedule.newest()?.size).toBe(2);
    await rewrite(connections);
    await log.append([accessTo(3)]);
    await expect
      .poll(() => failures.map(String))
      .toContainEqual(expect.stringContaining("changed"));
    await expect(schedule.publish()).rejects.toThrow("the log was changed");
    expect(await readdir(folder)).toEqual(["0000000000000002.jws"]);
  });

  test("go on when the folder is there again", async () => {
    const { log, folder, schedule } = await openSchedule({ everyMs: 3_600_000 });
    await log.append([accessTo(1)]);
    await rm(folder, { recursive: true });
    await expect(schedule.publish()).rejects.toThrow("ENOENT");
    expect(schedule.newest()).toBeUndefined();
    await mkdir(folder);
    await schedule.publish();
    expect(await readdir(folder)).toEqual(["0000000000000001.jws"]);
  });
});
