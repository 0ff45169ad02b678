import { chooseKey } from "./pin-hash.ts";
import type { PinKey } from "./pin-hash.ts";
import { makePinKey, readPinKeys } from "./pin-keys.ts";

/** The keys of PIN hashes, while the gateway runs. */
export interface PinKeyRing {
  /** The key for new entries. @throws {Error} with a sentence where this year has none */
  current(): PinKey;
  /** Every key that is left, in the order of their ids: a search tries each. */
  all(): readonly PinKey[];
  /** Afterwards the folder is not read again. */
  stop(): void;
}

export interface PinKeyRingOptions {
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told why the folder could not be read again or written to; the keys of before go on. */
  readonly onFailure: (error: unknown) => void;
  /** Milliseconds between two looks at the folder, 30,000 by default. */
  readonly everyMs?: number;
}

/** Milliseconds before a year in which its key is made: the folder's keeper needs days to copy it. */
const aheadMs = 30 * 24 * 3_600_000;

/**
 * Opens the folder of keys, and makes the key of this year where there is none; in December that of the
 * next one. A key whose file is taken away is forgotten at the next look, and with it whose its hashes are.
 *
 * @throws {Error} with a sentence where the folder cannot be read, or this year's key cannot be made
 */
export async function openPinKeyRing(options: PinKeyRingOptions): Promise<PinKeyRing> {
  const { folder, now, onFailure, everyMs = 30_000 } = options;
  const years = () => new Set([now(), now() + aheadMs].map((at) => new Date(at).getUTCFullYear()));
  const read = async () => {
    for (const year of years()) await makePinKey(folder, year);
    return await readPinKeys(folder);
  };
  let keys = await read().catch((error: NodeJS.ErrnoException) => {
    // A sentence of ours names the file; one of the system's says as little as its code.
    if (error.code === undefined) throw error;
    throw new Error(
      `The folder of PIN keys ${folder} cannot be used (${error.code}). PIN_KEYS_DIR must name one that the gateway's user may write to, and nobody else may read.`,
      { cause: error },
    );
  });
  let reading = false;
  const timer = setInterval(() => {
    if (reading) return;
    reading = true;
    read()
      .then((fresh) => {
        keys = fresh;
      })
      .catch(onFailure)
      .finally(() => {
        reading = false;
      });
  }, everyMs);
  timer.unref();
  return {
    current: () => chooseKey(keys, now()),
    all: () => keys,
    stop: () => clearInterval(timer),
  };
}
