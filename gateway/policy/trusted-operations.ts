import { Kind, parse, print, separateOperations } from "graphql";

/** Operations that were looked at before anybody may send them, by the SHA-256 of their text. */
export interface TrustedOperations {
  /** The operation's text; undefined where none has that hash. */
  find(hash: string): string | undefined;
  /** Whether a text that a client sends is one of them, however it is spaced. */
  includes(query: string): boolean;
  /** Their hashes by the operation's name. */
  readonly hashes: ReadonlyMap<string, string>;
}

/** The form of a hash in a request: `sha256:` and 64 hexadecimal digits (GraphQL over HTTP, `documentId`). */
const documentId = /^sha256:([0-9a-f]{64})$/;

/**
 * Makes the manifest of trusted operations.
 *
 * @param texts of documents with one named operation each, and the fragments that it uses
 * @param sha256 hexadecimal digits of a text's hash
 * @throws {Error} with a sentence where an operation has no name, or two have one
 */
export function trustOperations(
  texts: readonly string[],
  sha256: (text: string) => string,
): TrustedOperations {
  const byHash = new Map<string, string>();
  const hashes = new Map<string, string>();
  for (const text of texts)
    for (const [name, document] of Object.entries(separateOperations(parse(text)))) {
      if (name === "") throw new Error("A trusted operation must have a name.");
      if (hashes.has(name)) throw new Error(`There are two trusted operations "${name}".`);
      const printed = print(document);
      const hash = sha256(printed);
      byHash.set(hash, printed);
      hashes.set(name, hash);
    }
  return {
    find: (hash) => byHash.get(documentId.exec(hash)?.[1] ?? ""),
    includes: (query) => byHash.has(sha256(normalForm(query) ?? "")),
    hashes,
  };
}

/** A text as it is hashed: without its own spacing and comments; undefined where it is no GraphQL. */
function normalForm(query: string): string | undefined {
  try {
    const document = parse(query);
    const operations = document.definitions.filter(
      ({ kind }) => kind === Kind.OPERATION_DEFINITION,
    );
    // With two in one text, the name in the request would choose which of them was looked at.
    return operations.length === 1 ? print(document) : undefined;
  } catch {
    return undefined;
  }
}
