import { readFileSync, readdirSync } from "node:fs";
import type { Federation } from "./federation.ts";
import type { Preparation } from "./prepare.ts";

/**
 * Plans the operations of a folder ahead. Planning the Dossier takes some 100 times as long as asking
 * it, and without this the first citizen after each start would wait for it.
 *
 * @throws {Error} that names a file whose operation the supergraph refuses: it would fail its users too
 */
export function warmUp(
  folder: URL,
  prepare: (query: string, operationName: string | undefined) => Preparation,
  { warm }: Pick<Federation, "warm">,
): void {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".graphql"))) {
    const prepared = prepare(readFileSync(new URL(file, folder), "utf8"), undefined);
    if ("errors" in prepared)
      throw new Error(
        `schema/operations/${file} does not fit the supergraph: ${prepared.errors.map(({ message }) => message).join(" ")}`,
      );
    warm([prepared.operation.text]);
  }
}
