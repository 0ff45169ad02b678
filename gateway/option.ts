/** A setting: its variable, what it means, and what a value of it must be. */
export interface Option<T> {
  readonly variable: string;
  readonly flag?: string;
  readonly meaning: string;
  /** What a value must be, with its unit and range, as `must be …` goes on. */
  readonly must: string;
  readonly fallback: T;
  /** Whether a value may hold a password, so that no error quotes it. */
  readonly secret?: boolean;
  /** Undefined where the text is not what it must be. */
  readonly read: (text: string) => T | undefined;
}

/** A setting whose value is a text; not an empty one, unless `accepts` says otherwise. */
export function text({
  accepts = (given: string) => given.trim() !== "",
  ...option
}: Omit<Option<string>, "read"> & { accepts?: (given: string) => boolean }): Option<string> {
  return { ...option, read: (given) => (accepts(given) ? given : undefined) };
}

/** A setting whose value is a whole number. */
export function count({
  from,
  to,
  ...option
}: Omit<Option<number>, "read" | "must"> & { from: number; to: number }): Option<number> {
  return {
    ...option,
    must: `a whole number from ${from} to ${to}`,
    read: (given) => {
      const value = /^[0-9]{1,9}$/.test(given) ? Number(given) : Number.NaN;
      return value >= from && value <= to ? value : undefined;
    },
  };
}

/** Accepts a text that may be left empty. */
export function isEmptyOrText(text: string): boolean {
  return text === "" || text.trim() !== "";
}

/** The options as a table in Markdown, for the documentation. */
export function renderOptions(options: Readonly<Record<string, Option<unknown>>>): string {
  const rows = Object.values(options).map((option) => {
    const names = [option.variable, option.flag];
    const name = names.flatMap((part) => (part === undefined ? [] : `\`${part}\``)).join(", ");
    const fallback = option.fallback === "" ? "–" : `\`${option.fallback}\``;
    return `| ${name} | ${option.meaning} | ${option.must} | ${fallback} |`;
  });
  return ["| variable, flag | meaning | must be | default |", "|---|---|---|---|", ...rows].join(
    "\n",
  );
}
