/** The query that the explorer opens with, under two lines for whoever sees it for the first time. */
export function withGuide(query: string): string {
  return `# One citizen, asked of four ministries.
# Ctrl-Enter runs it; the PIN stands below.
${query}`;
}

/**
 * The variables that it opens with. A sample PIN comes by the part of the address after `#`
 * (`/explorer#pin=…`), which a browser never sends; a query string would stand in every log on the way.
 */
export function openingVariables(hash: string): string {
  const pin = new URLSearchParams(hash.replace(/^#/, "")).get("pin") ?? "";
  return JSON.stringify({ pin }, undefined, 2);
}
