import { readFileSync, readdirSync } from "node:fs";

const folder = new URL("./operations/", import.meta.url);

/**
 * The operations that are published with the gateway: clients that may not ask what they like send these,
 * and they are planned before anybody asks. Texts by the name of their file.
 */
export function readPublishedOperations(): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith(".graphql"))
      .toSorted()
      .map((name) => [name, readFileSync(new URL(name, folder), "utf8")]),
  );
}
