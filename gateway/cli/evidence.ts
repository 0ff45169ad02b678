import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";
import { readRevocationsTask, readRevokeTask } from "./evidence/revoke.ts";
import { readVerifyTask } from "./evidence/verify.ts";

const help = `lien-thong evidence verify FILE — whether a document is as the gateway signed it; asks nobody
  FILE             the answer of a look-up as it came and was saved
  --jwks FILE      the gateway's public keys, as /.well-known/jwks.json tells them; by default those of
                   SIGNING_KEYS_DIR, or of a \`start\` on this machine
lien-thong evidence revoke ID --reason TEXT — has the gateway stand no longer by an answer that it signed, for good
  --by NAME        who revokes; by default the user of this machine
lien-thong evidence revocations — what was revoked, by whom and why, the newest first

  --data DIR       where a running \`start\` keeps its data, .data by default
  --json
  --help

Exit code of verify: 0 genuine, 1 not. Whether a record was revoked since, the gateway alone can tell:
GET /evidence/{id}. The other two read GATEWAY_DATABASE_URL, or else the database of a \`start\` that is running on
this machine.`;

/** Reads what is to be done from the words after its name. @throws {Error} with a sentence where they are wrong */
type ReadTask = (args: readonly string[]) => () => Promise<number>;

const tasks: Readonly<Record<string, ReadTask>> = {
  verify: readVerifyTask,
  revoke: readRevokeTask,
  revocations: readRevocationsTask,
};

export const evidence: Command = {
  name: "evidence",
  summary: "verify a signed answer without a server; revoke one",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let run: () => Promise<number>;
    try {
      run = readTask(args);
    } catch (error) {
      return misused((error as Error).message, "evidence");
    }
    return run().catch(failed);
  },
};

function readTask([word, ...args]: readonly string[]): () => Promise<number> {
  if (word === undefined) throw new Error("Say what to do: verify, revoke or revocations.");
  const read = Object.hasOwn(tasks, word) ? tasks[word] : undefined;
  if (!read) throw new Error(`"${word}" is nothing that can be done with evidence.`);
  return read(args);
}
