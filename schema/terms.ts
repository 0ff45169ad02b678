/**
 * An owner's terms, `schema/<sector>.terms.json`: who owns the register, where it answers, and what a
 * caller may ask of it.
 */
export interface Terms {
  /** The owner's official name. */
  readonly owner: string;
  /** Where its subgraph answers; the composed supergraph carries it. */
  readonly url: string;
  /** Most representations or keys in one call. */
  readonly largestBatch: number;
  /** Milliseconds after which a call has failed. */
  readonly timeoutMs: number;
}

/**
 * Reads the text of a terms file.
 *
 * @param file what an error names
 * @throws {Error} with a sentence that names the file, the field and what it must hold
 */
export function parseTerms(text: string, file: string): Terms {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const terms = Object(json) as Record<string, unknown>;
  const refuse = (field: string, must: string) =>
    new Error(`${file}: "${field}" must be ${must}, not ${JSON.stringify(terms[field])}.`);
  const string = (field: string) => {
    const value = terms[field];
    if (typeof value !== "string" || value === "") throw refuse(field, "a text");
    return value;
  };
  const count = (field: string, most: number) => {
    const value = terms[field];
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > most)
      throw refuse(field, `a whole number from 1 to ${most}`);
    return value as number;
  };
  const url = string("url");
  if (!URL.canParse(url)) throw refuse("url", "a URL");
  return Object.freeze({
    owner: string("owner"),
    url,
    largestBatch: count("largestBatch", 10_000),
    timeoutMs: count("timeoutMs", 60_000),
  });
}
