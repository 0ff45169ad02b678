/**
 * What to say of a source that nothing can be granted or reckoned for.
 *
 * @param known the sources that have terms
 */
export function describeUnknownSource(source: string, known: Iterable<string>): string {
  const names = [...known].join(", ") || "none";
  return `${JSON.stringify(source)} is no source whose owner's terms are known here; those are: ${names}.`;
}
