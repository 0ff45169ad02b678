import { readFileSync, writeFileSync } from "node:fs";
import { renderOptions } from "../../gateway/settings.ts";
import { renderErrors } from "../../gateway/errors.ts";

/** The documentation whose tables the code writes. */
export const readmeFile = new URL("../../gateway/README.md", import.meta.url);

/** The text with the tables between their marks as the code has them now. */
function withTables(readme: string): string {
  return fill(fill(readme, "errors", renderErrors()), "settings", renderOptions());
}

function fill(text: string, mark: string, table: string): string {
  const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`The text has no ${open} … ${close}.`);
  return `${text.slice(0, from + open.length)}\n\n${table}\n\n${text.slice(to)}`;
}

if (import.meta.main) writeFileSync(readmeFile, withTables(readFileSync(readmeFile, "utf8")));
