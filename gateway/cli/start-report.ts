import { relative } from "node:path";
import type { Step } from "../local/country.ts";

/** Where `start` prints: its lines, and on a terminal the progress that overwrites itself. */
export interface Screen {
  readonly isTTY: boolean;
  write(text: string): unknown;
}

const titleWidth = 18;

/** Prints the steps of a start, a line each, with the seconds since it began. */
export function createReport(screen: Screen, secondsSinceStart: () => number) {
  let shownTenth = -1;
  const line = (title: string, text: string) =>
    screen.write(
      `${screen.isTTY ? "\r\x1b[K" : ""}  ${title.padEnd(titleWidth)}${text}  (${secondsSinceStart().toFixed(1)} s)\n`,
    );
  /** A bar on a terminal; elsewhere a line each tenth, so that a log does not fill. */
  const progress = (done: number, total: number) => {
    const share = total > 0 ? done / total : 0;
    const text = `${bar(share)} ${done.toLocaleString("en")} of ${total.toLocaleString("en")}`;
    if (screen.isTTY) screen.write(`\r\x1b[K  ${"citizens".padEnd(titleWidth)}${text}`);
    else if (Math.floor(share * 10) > shownTenth) {
      shownTenth = Math.floor(share * 10);
      line("citizens", text);
    }
  };
  return {
    line,
    step(step: Step, dataDirectory: string) {
      switch (step.kind) {
        case "DATABASE": {
          const { port, alreadyRunning } = step.server;
          const how = alreadyRunning ? "taken over where it was left running" : "started";
          return line(
            "PostgreSQL",
            `${how} on port ${port}, data in ${describeFolder(dataDirectory)}`,
          );
        }
        case "CITIZENS":
          return progress(step.done, step.total);
        case "CITIZENS_READY":
          return line("citizens", step.summary);
        case "SECTOR":
          return line(step.name, step.url);
      }
    },
  };
}

const barWidth = 24;

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `[${"#".repeat(full)}${"-".repeat(barWidth - full)}]`;
}

function describeFolder(path: string): string {
  if (path === "memory") return "memory, gone at the end";
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere;
}
