import { LRUCache } from "lru-cache";
import { describeRefusal } from "./entry.ts";
import type { RefusedRequest } from "./entry.ts";
import type { AuditLog } from "./log.ts";

export interface RefusalsOptions {
  readonly log: Pick<AuditLog, "append">;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
}

/** Refusals of one subject that are written down in a time; what is more is counted. */
const mostOfSubject = 10;
/** … and of all together, among whom are those who are not known: anybody can be refused. */
const mostOfAll = 600;
const timeMs = 600_000;

/** Subjects that are remembered. */
const remembered = 10_000;

interface Share {
  since: number;
  written: number;
  /** Refusals that were not, to be told with the next one that is. */
  left: number;
}

/**
 * Makes the function that notes who was refused, and why. So many refusals of one subject are written down
 * in ten minutes that a pattern shows, and no more than so many: nobody can fill the log by being refused.
 * Nobody waits for them, and one that cannot be recorded is lost.
 */
export function openRefusals({
  log,
  monotonic,
}: RefusalsOptions): (refused: Omit<RefusedRequest, "left">) => void {
  const shares = new LRUCache<string, Share>({ max: remembered });
  const all: Share = { since: monotonic(), written: 0, left: 0 };
  const take = (share: Share, most: number) => {
    const now = monotonic();
    if (now - share.since > timeMs) Object.assign(share, { since: now, written: 0 });
    if (share.written >= most) return false;
    share.written++;
    return true;
  };
  return (refused) => {
    const key = refused.subject ?? "";
    const share = shares.get(key) ?? { since: monotonic(), written: 0, left: 0 };
    shares.set(key, share);
    if (!take(share, mostOfSubject) || !take(all, mostOfAll)) {
      share.left++;
      return;
    }
    const { left } = share;
    share.left = 0;
    log.append([describeRefusal({ ...refused, left })]).catch(() => {});
  };
}
