import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeKeyFolder } from "../identity/key-file.ts";

/** What a gateway keeps outside its database. */
export interface StartFolders {
  /** For its environment: the folders that this does not name itself. */
  readonly variables: Readonly<Record<string, string>>;
  /** Removes them where the data are in memory. */
  remove(): Promise<void>;
}

/**
 * Makes the folders of signing keys, of the keys of PIN hashes and of tree heads, beside the data. On one
 * machine all of it lies in one place, which production must not do: whoever has the database could then
 * read whose hashes it holds, and write heads of his own.
 *
 * @param data the folder of the data; `memory` keeps none
 * @param now milliseconds since 1970
 */
export async function makeStartFolders(
  data: string,
  environment: NodeJS.ProcessEnv,
  now: number,
): Promise<StartFolders> {
  const inMemory = data === "memory";
  if (!inMemory) await mkdir(data, { recursive: true });
  const parent = inMemory ? await mkdtemp(join(tmpdir(), "lien-thong-keys-")) : data;
  const folders = {
    SIGNING_KEYS_DIR: join(parent, "signing-keys"),
    PIN_KEYS_DIR: join(parent, "pin-keys"),
    TREE_HEADS_DIR: join(parent, "tree-heads"),
  };
  const own = Object.entries(folders).filter(([variable]) => !environment[variable]);
  for (const [variable, folder] of own)
    if (variable === "SIGNING_KEYS_DIR") await makeKeyFolder(folder, now);
    else await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    variables: Object.fromEntries(own),
    async remove() {
      if (inMemory) await rm(parent, { recursive: true, force: true });
    },
  };
}
