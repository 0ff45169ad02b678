import type { Account } from "./account.ts";
import { bounds } from "./bounds.ts";
import type { Breach } from "./bounds.ts";
import type { Figures } from "./figures.ts";

/** All that a drill has seen. */
export interface Seen {
  /** p95 of all answers while nothing was wrong, in milliseconds. */
  readonly calmP95: number;
  readonly scenes: readonly Figures[];
  readonly accounts: readonly Account[];
  readonly breaches: readonly Breach[];
}

type Column = readonly [title: string, of: (figures: Figures) => string];

const whole = (value: number | null) =>
  value === null || Number.isNaN(value) ? "-" : value.toFixed(0);
const seconds = (value: number | null) => (value === null ? "-" : (value / 1000).toFixed(1));

const columns: readonly Column[] = [
  ["scene", ({ scene }) => scene],
  ["requests", ({ requests }) => whole(requests)],
  ["kept %", ({ kept }) => kept.toFixed(1)],
  ["full %", ({ full }) => full.toFixed(1)],
  ["errors", ({ errors }) => whole(errors)],
  ["malformed", ({ malformedErrors }) => whole(malformedErrors)],
  ["reason", ({ wrongReasons }) => whole(wrongReasons)],
  ["others' data", ({ otherPersonsData }) => whole(otherPersonsData)],
  ["false nobody", ({ falseNobody }) => whole(falseNobody)],
  ["false none", ({ falseNone }) => whole(falseNone)],
  ["one number", ({ underOneNumber }) => whole(underOneNumber)],
  ["stale", ({ stale }) => whole(stale)],
  ["unmarked", ({ staleUnmarked }) => whole(staleUnmarked)],
  ["p95 before", ({ p95Before }) => whole(p95Before)],
  ["during", ({ p95During }) => whole(p95During)],
  ["ratio", ({ p95Before, p95During }) => (p95During / p95Before).toFixed(1)],
  ["open", ({ p95Open }) => whole(p95Open)],
  ["slowest", ({ slowest }) => whole(slowest)],
  ["opened s", ({ openedAfter }) => seconds(openedAfter)],
  ["back s", ({ backAfter }) => seconds(backAfter)],
  ["log lines", ({ logLines }) => whole(logLines)],
  ["of state", ({ stateChangesLogged }) => whole(stateChangesLogged)],
];

/** One scene in a line, as soon as it is over, with some of what was wrong. */
export function sceneLine(figures: Figures): string {
  const told = columns.slice(1).map(([title, of]) => `${title} ${of(figures)}`);
  const examples = figures.examples.map((example) => `\n    ${example}`);
  return [`${figures.scene}: ${told.join(", ")}`, ...examples].join("");
}

/** All scenes beside each other, and the verdict. Times in milliseconds where no unit is named. */
export function drillTable({ scenes, accounts, breaches, calmP95 }: Seen): string {
  const verdict =
    breaches.length === 0
      ? `All ${bounds.length} bounds were kept in ${scenes.length} scenes.`
      : [
          `Broken:`,
          ...breaches.map(({ scene, bound, seen }) => `  ${scene}: ${bound} (${seen})`),
        ].join("\n");
  return `\n${align([
    columns.map(([title]) => title),
    ...scenes.map((figures) => columns.map(([, of]) => of(figures))),
  ])}\n\np95 in calm, over all scenes: ${whole(calmP95)} ms\n${accounts.map(accountLine).join("")}${verdict}`;
}

function accountLine({ source, spent, meter, open, overTheLimit }: Account): string {
  return `${source}'s units: ${spent} spent by the ledger, ${meter} counted by the owner, ${open} open, ${overTheLimit} over the limit\n`;
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
        )
        .join("  "),
    )
    .join("\n");
}
