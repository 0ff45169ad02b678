import type { SourceLog } from "./data-source.ts";

/** Says in the log why a source lost something: each reason at once, and then how often it came again. */
export interface LossLog {
  /** @param reasons sentences that name types and fields, never a value; nothing is logged without one */
  note(requestId: string, reasons: ReadonlySet<string>): void;
  /** Says what has not been said yet. */
  close(): void;
}

/**
 * Milliseconds between two lines about the same reason. A source whose rows are refused answers all the
 * same, some hundred times a second; whoever reads the log at night is to see what else there is.
 */
const quietMs = 60_000;

/** How many reasons one line of the log names. */
const reasonsNamed = 5;

/** How many reasons are told apart; they hold what a source wrote, such as its content type. */
const reasonsKept = 100;

export function openLossLog(source: string, log: SourceLog): LossLog {
  /** How often each came again since it was last said. */
  const again = new Map<string, number>();
  let clock: NodeJS.Timeout | undefined;
  const summarize = () => {
    clock = undefined;
    const counts = [...again].filter(([, count]) => count > 0);
    again.clear();
    if (counts.length === 0) return;
    const [named, more] = split(counts.toSorted(([, one], [, other]) => other - one));
    log.warn(
      { source, times: Object.fromEntries(named), more },
      "a source went on losing something for the same reasons",
    );
    for (const [reason] of counts) again.set(reason, 0);
    wait();
  };
  const wait = () => {
    clock = setTimeout(summarize, quietMs).unref();
  };
  return {
    note(requestId, reasons) {
      const unsaid: string[] = [];
      for (const each of reasons) {
        const reason = again.has(each) || again.size < reasonsKept ? each : "other reasons";
        const count = again.get(reason);
        again.set(reason, count === undefined ? 0 : count + 1);
        if (count === undefined) unsaid.push(reason);
      }
      if (unsaid.length === 0) return;
      const [named, more] = split(unsaid);
      log.warn({ source, requestId, reasons: named, more }, "a source lost something");
      if (clock === undefined) wait();
    },
    close() {
      clearTimeout(clock);
      summarize();
      clearTimeout(clock);
    },
  };
}

/** As many as a line names, and how many it leaves out. */
function split<T>(all: readonly T[]): [readonly T[], number] {
  return [all.slice(0, reasonsNamed), Math.max(0, all.length - reasonsNamed)];
}
