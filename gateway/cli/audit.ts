import { runRebuild } from "./audit/rebuild.ts";
import { runRetention } from "./audit/retain.ts";
import { runVerification } from "./audit/verify.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";

const help = `lien-thong audit verify — checks the whole log of who looked at whose data; exits with 1 and tells the first bad
    entry where anything was changed
  --heads DIR   where its tree heads were published, TREE_HEADS_DIR by default; without one a rewrite of all of
                it cannot show
  --keys FILE   the gateway's public keys, as /.well-known/jwks.json tells them; those of SIGNING_KEYS_DIR by default
lien-thong audit rebuild-quota — recomputes from the log what was spent of each owner's days, and compares it with
    the ledger; exits with 1 where they differ
lien-thong audit retain — erases the details whose time has passed, each purpose by its own; the log says so itself,
    and still verifies
  --dry-run     tells what would be erased, and erases nothing

  --data DIR    where a running \`start\` keeps its data, .data by default
  --json
  --help

It reads GATEWAY_DATABASE_URL, or else the database of a \`start\` that is running on this machine; \`retain\` erases
under the role of RETENTION_DATABASE_URL, as the gateway's own may not.`;

/** A task with the words after its name. @throws {Error} with a sentence where it failed */
export type AuditTask = (args: readonly string[]) => Promise<number>;

/** Words that a task does not know. */
export class Misused extends Error {}

const tasks: Readonly<Record<string, AuditTask>> = {
  verify: runVerification,
  "rebuild-quota": runRebuild,
  retain: runRetention,
};

export const audit: Command = {
  name: "audit",
  summary: "verify the log of all access, rebuild the quota from it, erase what is past its time",
  async run([name = "", ...args]) {
    if (asksForHelp([name, ...args])) {
      console.log(help);
      return 0;
    }
    const task = tasks[name];
    if (task === undefined)
      return misused(`audit is followed by one of ${Object.keys(tasks).join(", ")}.`, "audit");
    try {
      return await task(args);
    } catch (error) {
      // Of parseArgs, whose errors have such a code.
      const { code } = error as { code?: unknown };
      return typeof code === "string" && code.startsWith("ERR_PARSE_ARGS")
        ? misused((error as Error).message, "audit")
        : failed(error);
    }
  },
};
