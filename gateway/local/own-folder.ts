import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where a system on one machine keeps what is no database: keys, and what they sign. */
export interface OwnFolder {
  readonly path: string;
  /** Removes what is not to be kept. */
  close(): Promise<void>;
}

/** @param dataDirectory where it keeps its databases; `memory` keeps nothing */
export async function openOwnFolder(dataDirectory: string): Promise<OwnFolder> {
  if (dataDirectory !== "memory") {
    await mkdir(dataDirectory, { recursive: true });
    return { path: dataDirectory, close: async () => {} };
  }
  const path = await mkdtemp(join(tmpdir(), "lien-thong-"));
  return { path, close: () => rm(path, { recursive: true, force: true }) };
}
