import type { LineState } from "./breaker.ts";
import type { SourceLog } from "./data-source.ts";

/** Says when a source begins not to answer, and when it answers again: not each time that it is tried in vain. */
export function openLineLog(source: string, log: SourceLog): (state: LineState) => void {
  let down: LineState | undefined;
  return (line) => {
    if (line.state === "closed") {
      if (down) log.warn({ source, downSince: isoTime(down.since) }, "a source answers again");
      down = undefined;
    } else if (down === undefined) {
      down = line;
      log.warn(
        { source, retryAt: line.retryAt && isoTime(line.retryAt) },
        "a source does not answer and is asked no more until it is tried again",
      );
    }
  };
}

function isoTime(instant: number): string {
  return new Date(instant).toISOString();
}
