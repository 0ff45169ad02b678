import type { PublishHead } from "./published-heads.ts";
import { signHead } from "./tree-head.ts";
import type { HeadSigner, TreeHead } from "./tree-head.ts";

export interface HeadSchedule {
  /** The newest head that was published; undefined where there was none. */
  newest(): TreeHead | undefined;
  /** Signs and publishes now, where entries came since. @throws why not */
  publish(): Promise<void>;
  /** Publishes a last time; afterwards nothing more is signed. Never rejects. */
  stop(): Promise<void>;
}

export interface HeadScheduleOptions extends HeadSigner {
  readonly publish: PublishHead;
  /** The newest head that was published before this process began. */
  readonly previous: TreeHead | undefined;
  /** Milliseconds between heads; what is written between two can be rewritten unnoticed. Default 60,000. */
  readonly everyMs?: number;
  /** Told why a head was not signed or published. */
  readonly onFailure: (error: unknown) => void;
}

/** Signs and publishes heads at an interval, one at a time. */
export function scheduleHeads({
  publish,
  previous,
  everyMs = 60_000,
  onFailure,
  ...signer
}: HeadScheduleOptions): HeadSchedule {
  let newest = previous;
  let last: Promise<void> = Promise.resolve();
  const publishNext = async () => {
    const head = await signHead(signer, newest);
    if (head.size === (newest?.size ?? 0)) return;
    await publish(head);
    newest = head;
  };
  /** After the one under way, so that each grows out of the one before. */
  const publishInTurn = () => {
    const turn = last.then(publishNext);
    last = turn.catch(() => {});
    return turn;
  };
  const timer = setInterval(() => void publishInTurn().catch(onFailure), everyMs);
  timer.unref();
  return {
    newest: () => newest,
    publish: publishInTurn,
    async stop() {
      clearInterval(timer);
      await publishInTurn().catch(onFailure);
    },
  };
}
