import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { link, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { equalHashes } from "./merkle.ts";
import type { ReadHead, TreeHead } from "./tree-head.ts";

/** Puts a head where the gateway cannot change it afterwards. */
export type PublishHead = (head: TreeHead) => Promise<void>;

/** One file a size, in whose order they sort. */
const fileName = /^\d{16}\.jws$/;

function nameOf(size: number): string {
  return `${String(size).padStart(16, "0")}.jws`;
}

/**
 * Publishes to a folder: one file a head, whole or not there at all, never written over. Where another
 * process has published one of the same size, that one stays.
 *
 * @param readHead reads the head that is there already
 */
export function publishToFolder(folder: string, readHead: ReadHead): PublishHead {
  return async (head) => {
    const file = join(folder, nameOf(head.size));
    const draft = join(folder, `.draft-${randomBytes(8).toString("hex")}`);
    try {
      const handle = await open(draft, "wx", 0o444);
      try {
        await handle.writeFile(`${head.jws}\n`);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await link(draft, file).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
        const there = await readHead((await readFile(file, "utf8")).trim());
        if (there?.size !== head.size || !equalHashes(there.root, head.root))
          throw new Error(
            `${file} is a tree head of another log than this one's, or none at all. Nothing is published until an operator has looked at it.`,
          );
      });
      await syncFolder(folder);
    } finally {
      await rm(draft, { force: true });
    }
  };
}

/** Else a power cut could take the name away, though not the file. Windows knows no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Milliseconds after which a command has failed. */
const commandPatienceMs = 30_000;

/** Publishes by a command that gets the JWS on its standard input and ends with 0. No shell reads it. */
export function publishByCommand([program, ...given]: readonly [string, ...string[]]): PublishHead {
  return (head) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, given, {
        stdio: ["pipe", "ignore", "ignore"],
        timeout: commandPatienceMs,
      });
      const fail = (how: string) =>
        reject(
          new Error(
            `The command that publishes tree heads, ${program}, ${how}. Run it by hand with a line on its standard input.`,
          ),
        );
      child.on("error", ({ message }) => fail(`could not be run (${message})`));
      child.on("close", (code, signal) =>
        code === 0 ? resolve() : fail(`ended with ${code ?? signal}`),
      );
      // A command that does not read is told by how it ends.
      child.stdin.on("error", () => {});
      child.stdin.end(`${head.jws}\n`);
    });
}

/** A published file, as it lies there. */
export interface PublishedHead {
  readonly name: string;
  readonly jws: string;
}

/** The heads in a folder, by size, one in memory at a time. */
export async function* listHeads(folder: string): AsyncIterable<PublishedHead> {
  for (const name of await listNames(folder))
    yield { name, jws: (await readFile(join(folder, name), "utf8")).trim() };
}

/**
 * The newest head in a folder; undefined where there is none.
 *
 * @throws {Error} with a sentence where it is not genuine
 */
export async function readNewestHead(
  folder: string,
  readHead: ReadHead,
): Promise<TreeHead | undefined> {
  const name = (await listNames(folder)).at(-1);
  if (name === undefined) return undefined;
  const head = await readHead((await readFile(join(folder, name), "utf8")).trim());
  if (head && nameOf(head.size) === name) return head;
  throw new Error(
    `${join(folder, name)} is no tree head that this gateway's keys have signed. Find out who put it there.`,
  );
}

async function listNames(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => fileName.test(name)).toSorted();
}
