import type { Kysely } from "kysely";
import type { UnitDirectory } from "./directory.ts";
import { readEdition, readUnitDirectory } from "./read-directory.ts";

export type UnitDirectoryKeeper = {
  /** The newest directory that was read; at once, and never from the database. */
  current(): UnitDirectory;
  /** Waits for a check under way, so that the database may be closed; afterwards nothing is read. */
  stop(): Promise<void>;
};

export type KeepOptions = {
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /**
   * Least time between two looks at the database, in milliseconds; 60,000 by default: a table that
   * changes a few times a year is worth one small statement a minute.
   */
  readonly everyMs?: number;
  /** Told why a look failed; the directory of before stays, and the next look comes in its time. */
  readonly onError?: (error: unknown) => void;
};

/**
 * Reads the directory and keeps it fresh: where the last look at `unit_edition` is older than
 * `everyMs`, the next `current()` starts one behind the request that asked and answers with what is
 * there. So nothing is read while nobody asks, and no timer outlives its server.
 */
export async function keepUnitDirectory<Tables>(
  database: Kysely<Tables>,
  { now, everyMs = 60_000, onError = () => {} }: KeepOptions,
): Promise<UnitDirectoryKeeper> {
  let reading = await readUnitDirectory(database);
  let lastLook = now();
  let look: Promise<void> | undefined;
  let stopped = false;

  const readWhereChanged = async () => {
    try {
      if ((await readEdition(database)) !== reading.edition)
        reading = await readUnitDirectory(database);
    } catch (error) {
      onError(error);
    } finally {
      look = undefined;
    }
  };

  return {
    current() {
      if (!stopped && look === undefined && now() - lastLook >= everyMs) {
        lastLook = now();
        look = readWhereChanged();
      }
      return reading.directory;
    },
    async stop() {
      stopped = true;
      await look;
    },
  };
}
