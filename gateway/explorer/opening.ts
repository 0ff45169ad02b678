/** The query that the explorer opens with, under two lines for whoever sees it for the first time. */
export function withGuide(query: string): string {
  return `# One citizen, asked of four ministries.
# Ctrl-Enter runs it. The PIN stands below, and under "Headers" who asks and why.
${query}`;
}

/** What a page opens with. */
export interface Opening {
  /** The variables of its first query, as JSON. */
  readonly variables: string;
  /** Who asks, why and for which case; to be filled in where the address does not say it. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads what comes by the part of the address after `#` (`/explorer#pin=…&purpose=…&token=…`), which a
 * browser never sends; a query string would stand in every log on the way.
 */
export function readOpening(hash: string): Opening {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    variables: JSON.stringify({ pin: told.get("pin") ?? "" }, undefined, 2),
    headers: {
      authorization: `Bearer ${told.get("token") ?? ""}`,
      "x-purpose": told.get("purpose") ?? "",
      "x-case": told.get("case") ?? "",
    },
  };
}
