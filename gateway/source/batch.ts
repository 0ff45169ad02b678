import DataLoader from "dataloader";

/** Questions that wait to leave together. */
export interface Batches<Ask, Reply> {
  /**
   * Puts a question into the next batch of its key.
   *
   * @param key what questions must have in common to leave in one call: a text, or an object that they share
   * @param send asks for a whole batch and answers a reply for each question, in order; that of the
   *   key's first question is used for all
   */
  load(key: string | object, ask: Ask, send: Send<Ask, Reply>): Promise<Reply>;
}

type Send<Ask, Reply> = (asks: readonly Ask[]) => Promise<Reply[]>;

export interface BatchOptions {
  /** Milliseconds for which a batch waits at most while its key has a call in flight. */
  readonly windowMs: number;
  /** Most questions in one batch. */
  readonly largest: number;
}

/**
 * Opens batches for one source. A batch leaves at once while its key has no call in flight, with whatever
 * has come in the same turn of the event loop; otherwise when such a call ends or the window does,
 * whichever is first. So nobody waits for company on a quiet line, and on a busy one company comes by
 * itself.
 *
 * To leave before the turn ends, as DataLoader would by itself, gained a fifth of the time that one request
 * takes alone, and cost a fifth more processor time at 32 connections, where 0.72 calls a request left
 * instead of 0.40: requests that come together are read one after the other.
 */
export function openBatches<Ask, Reply>(options: BatchOptions): Batches<Ask, Reply> {
  const queues = new Map<string | object, Queue<Ask, Reply>>();
  return {
    load(key, ask, send) {
      let queue = queues.get(key);
      if (queue === undefined) {
        // Keys hold values of variables, so there is no end of them: one that is idle is forgotten.
        queue = openQueue(send, options, () => queues.delete(key));
        queues.set(key, queue);
      }
      return queue.load(ask);
    },
  };
}

type Queue<Ask, Reply> = Pick<DataLoader<Ask, Reply>, "load">;

function openQueue<Ask, Reply>(
  send: Send<Ask, Reply>,
  { windowMs, largest }: BatchOptions,
  onIdle: () => void,
): Queue<Ask, Reply> {
  let inFlight = 0;
  let leaving = 0;
  let waiting: (() => void)[] = [];
  let window: NodeJS.Timeout | undefined;
  const release = () => {
    clearTimeout(window);
    window = undefined;
    const batches = waiting;
    waiting = [];
    for (const leave of batches) leave();
  };
  return new DataLoader<Ask, Reply>(
    async (asks) => {
      leaving--;
      inFlight++;
      try {
        return await send(asks);
      } finally {
        inFlight--;
        release();
        if (inFlight + leaving === 0) onIdle();
      }
    },
    {
      cache: false,
      maxBatchSize: largest,
      batchScheduleFn(leave) {
        leaving++;
        if (inFlight === 0) {
          setImmediate(leave);
          return;
        }
        waiting.push(leave);
        window ??= setTimeout(release, windowMs);
      },
    },
  );
}
