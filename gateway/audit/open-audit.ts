import type { Pin } from "../../schema/values/pin.ts";
import type { RecordUnits } from "../quota/comparison.ts";
import type { Unclaimed } from "../source/bill.ts";
import { keepLog } from "./keep-log.ts";
import type { KeptLog, KeptLogOptions } from "./keep-log.ts";
import { hashRecent } from "./recent-hashes.ts";
import { openPinKeyRing } from "./pin-key-ring.ts";
import { createRecorder } from "./record-access.ts";
import type { RecordAccess, RecorderOptions } from "./record-access.ts";
import { openRefusals } from "./refusals.ts";
import { createAuditorFields } from "./auditor-fields.ts";
import { createOwnFields } from "./own-fields.ts";
import type { GatewayFields } from "../federation/gateway-subgraph.ts";
import { createUnitsRecorder } from "./record-units.ts";
import { gatherUnclaimed } from "./unclaimed-units.ts";

/** The log of all access, as the rest of the gateway uses it. */
export interface Audit extends KeptLog {
  /** Writes down that an answer is about to be sent. */
  readonly record: RecordAccess;
  /** Writes down what owners say of calls without an answer. */
  readonly recordUnits: RecordUnits;
  /** Told of units that no answer shows. */
  readonly onUnclaimed: (unclaimed: Unclaimed) => void;
  /** Writes those down now. To be called before the ledger is told for the last time. Never rejects. */
  flush(): Promise<void>;
  /** A personal number as it is counted, the same one within a year; without the key nobody tells whose it is. */
  readonly hashPin: (pin: string) => string;
  /** Notes who was refused, and why; bounded, and nobody waits for it. */
  readonly noteRefusal: ReturnType<typeof openRefusals>;
  /** The fields of schema/gateway.graphql that the log answers. */
  readonly fields: GatewayFields;
}

export interface AuditOptions extends KeptLogOptions, Pick<RecorderOptions, "delayOf"> {
  /** Folder of the keys of PIN hashes. */
  readonly pinKeysDir: string;
  /** Told how many seconds it took to record one request, or to fail. */
  readonly onAppend: (seconds: number) => void;
}

/** Milliseconds after which units that no answer shows are written down: a lease waits for them. */
const flushMs = 200;

/**
 * Opens the log with all that writes into it. The connections are its own, and closed with it.
 *
 * @throws {Error} with a sentence where its keys cannot be read, or its database was restored from an older copy
 */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const { pinKeysDir, wallClock, monotonic, onProblem, onAppend } = options;
  if (pinKeysDir === "")
    throw new Error(
      "PIN_KEYS_DIR is not set. The log knows personal numbers as hashes under a key of it, and nothing is answered unless it is recorded: name a folder, or try all of it by `npx lien-thong start`.",
    );
  const pinKeys = await openPinKeyRing({
    folder: pinKeysDir,
    now: wallClock,
    onFailure: (error) => onProblem((error as Error).message),
  });
  const kept = await keepLog(options).catch(async (error: unknown) => {
    pinKeys.stop();
    // Not by Kysely, which closes nothing before its own first query.
    await options.connections.end();
    throw error;
  });
  const fieldsSource = {
    ...{ connections: options.connections, database: options.database },
    ...{ log: kept.log, heads: kept.heads, pinKeys: pinKeys.all, now: wallClock },
  };
  const unclaimed = gatherUnclaimed(kept.log);
  const clock = setInterval(() => void unclaimed.flush(), flushMs);
  return {
    ...kept,
    fields: { ...createAuditorFields(fieldsSource), ...createOwnFields(fieldsSource) },
    hashPin(pin) {
      const { key, hash } = hashRecent(pinKeys.current(), pin as Pin);
      return `${key} ${Buffer.from(hash).toString("base64url")}`;
    },
    noteRefusal: openRefusals({ log: kept.log, monotonic }),
    record: createRecorder({
      log: kept.log,
      currentKey: pinKeys.current,
      onUnclaimed: unclaimed.add,
      delayOf: options.delayOf,
      wallClock,
      monotonic,
      onAppend,
    }),
    recordUnits: createUnitsRecorder(kept.log),
    onUnclaimed: unclaimed.add,
    flush: unclaimed.flush,
    async close() {
      clearInterval(clock);
      await unclaimed.flush();
      await kept.close();
      pinKeys.stop();
      await options.connections.end();
    },
  };
}
