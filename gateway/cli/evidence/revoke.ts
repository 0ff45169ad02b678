import { userInfo } from "node:os";
import { parseArgs } from "node:util";
import { migrate } from "../../database/migrate.ts";
import { openPool } from "../../database/pool.ts";
import type { GatewayDatabase } from "../../database/pool.ts";
import { isEvidenceId } from "../../evidence/record.ts";
import { listRevocations, revokeRecord } from "../../evidence/revocation.ts";
import type { Revocation } from "../../evidence/revocation.ts";
import { defaultDataDirectory } from "../on-databases.ts";
import { findDatabase, required } from "../quota/ledger.ts";
import { show } from "../quota/show.ts";

const placeOptions = {
  data: { type: "string", default: defaultDataDirectory },
  json: { type: "boolean", default: false },
} as const;

/** `lien-thong evidence revoke`. */
export function readRevokeTask([id = "", ...args]: readonly string[]): () => Promise<number> {
  // The first word whatever it begins with: one id in 64 begins with a hyphen.
  if (!isEvidenceId(id))
    throw new Error(
      "The id of the record must follow first, as it stands on the document: 22 letters, digits, - and _.",
    );
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { ...placeOptions, reason: text, by: text },
  });
  const reason = required(values.reason, "reason").trim();
  if (reason === "") throw new Error("--reason must say why the record is revoked.");
  const revokedBy = values.by?.trim() || userInfo().username;
  return () =>
    onDatabase(values.data, async (database) => {
      const revocation = await revokeRecord(database, { id, reason, revokedBy });
      if (revocation === undefined)
        throw new Error(
          `There is no record ${id} in this gateway's database. Compare it with the document.`,
        );
      console.log(values.json ? JSON.stringify(revocation, null, 2) : tell(revocation));
      return 0;
    });
}

/** `lien-thong evidence revocations`. */
export function readRevocationsTask(args: readonly string[]): () => Promise<number> {
  const { values } = parseArgs({ args: [...args], options: placeOptions });
  return () =>
    onDatabase(values.data, async (database) => {
      const describe = (row: Revocation) => ({ ...row });
      show(await listRevocations(database), values, describe, "Nothing was ever revoked.");
      return 0;
    });
}

function tell({ id, reason, revokedBy, revokedAt }: Revocation): string {
  return `Revoked ${id} at ${revokedAt} by ${revokedBy}: ${reason}`;
}

async function onDatabase(
  data: string,
  work: (database: GatewayDatabase) => Promise<number>,
): Promise<number> {
  const database = openPool(await findDatabase({ data }));
  try {
    await migrate(database);
    return await work(database);
  } finally {
    await database.destroy();
  }
}
