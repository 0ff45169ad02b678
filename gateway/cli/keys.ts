import { parseArgs } from "node:util";
import { isKeyKind, keyKinds } from "../../schema/signatures.ts";
import type { KeyKind } from "../../schema/signatures.ts";
import { makeKeyFile, makeKeyFolder } from "../identity/key-file.ts";
import { asksForHelp, failed, misused } from "./command.ts";
import type { Command } from "./command.ts";

const help = `lien-thong keys make [DIR] — makes the folder of the keys that gateways sign with
lien-thong keys add KIND [DIR] [--now] — puts a new key beside the old ones, which then signs in their place

  DIR     SIGNING_KEYS_DIR by default; all gateways of a country share it, and nobody else may read it
  KIND    ${keyKinds.join(", ")}
  --now   sign with it from now on and not in five minutes, since the old key may have been stolen:
          take that one's file away too
  --help

gateway/identity/README.md says how keys change without a break.`;

/** Until then every gateway has published the key, and every owner may have fetched it. */
const minutesAhead = 5;

export const keys: Command = {
  name: "keys",
  summary: "make the keys that gateways sign with, or add one: keys make",
  async run(args) {
    if (asksForHelp(args)) {
      console.log(help);
      return 0;
    }
    let wish: Wish;
    try {
      wish = readWish(args);
    } catch (error) {
      return misused((error as Error).message, "keys");
    }
    try {
      console.log(await fulfil(wish, Date.now()));
      return 0;
    } catch (error) {
      return failed(error);
    }
  },
};

interface Wish {
  readonly folder: string;
  /** Of the key to be added; undefined where the folder is to be made. */
  readonly kind: KeyKind | undefined;
  readonly now: boolean;
}

function readWish(args: readonly string[]): Wish {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { now: { type: "boolean", default: false } },
  });
  const [action, ...words] = positionals;
  if (action !== "make" && action !== "add")
    throw new Error(
      `keys can "make" and "add"${action === undefined ? "" : `, not ${JSON.stringify(action)}`}.`,
    );
  const kind = action === "add" ? words.shift() : undefined;
  if (action === "add" && !isKeyKind(kind))
    throw new Error(
      `KIND must be one of ${keyKinds.join(", ")}${kind === undefined ? "" : `, not ${JSON.stringify(kind)}`}.`,
    );
  const [folder = process.env["SIGNING_KEYS_DIR"] || undefined, ...more] = words;
  if (folder === undefined || more.length > 0)
    throw new Error("Give one DIR, or set SIGNING_KEYS_DIR.");
  return { folder, kind: kind as KeyKind | undefined, now: values.now };
}

/** @returns what was done */
async function fulfil({ folder, kind, now: atOnce }: Wish, now: number): Promise<string> {
  if (kind === undefined)
    return (await makeKeyFolder(folder, now))
      ? `Made ${folder}, with a key of each kind: ${keyKinds.join(", ")}.`
      : `${folder} is there already, with something in it. Nothing was changed.`;
  const activeFrom = atOnce ? now : now + minutesAhead * 60_000;
  const path = await makeKeyFile(folder, { kind, activeFrom });
  return `Made ${path}, which signs from ${new Date(activeFrom).toISOString()} on.`;
}
