import type { RecordUnits } from "../quota/comparison.ts";
import { describeOwnerWord, describeRepair } from "./entry.ts";
import type { AuditLog } from "./log.ts";

/** Makes what the ledger's settlement with the owners writes into the log. */
export function createUnitsRecorder(log: Pick<AuditLog, "append">): RecordUnits {
  return {
    async word({ kind, id }, units) {
      await log.append([describeOwnerWord(kind === "lease" ? { lease: id } : { call: id }, units)]);
    },
    async repair(units) {
      await log.append([describeRepair(units)]);
    },
  };
}
