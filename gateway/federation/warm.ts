import type { Federation } from "./federation.ts";
import type { Preparation } from "./prepare.ts";

/**
 * Plans operations ahead. Planning the Dossier takes some 100 times as long as asking it, and without this
 * the first citizen after each start would wait for it.
 *
 * @param operations texts by the name of their file
 * @throws {Error} that names a file whose operation the supergraph refuses: it would fail its users too
 */
export function warmUp(
  operations: ReadonlyMap<string, string>,
  prepare: (query: string, operationName: string | undefined) => Preparation,
  { warm }: Pick<Federation, "warm">,
): void {
  for (const [file, text] of operations) {
    const prepared = prepare(text, undefined);
    if ("errors" in prepared)
      throw new Error(
        `schema/operations/${file} does not fit the supergraph: ${prepared.errors.map(({ message }) => message).join(" ")}`,
      );
    warm([prepared.operation.text]);
  }
}
