/**
 * Lets those who wait go on one by one, each in a turn of the event loop of its own, so that whatever else
 * has come meanwhile is seen to in between.
 */
export type TakeTurn = () => Promise<void>;

/**
 * Opens the turns of a process. An answer that a hundred files have waited for would else keep it busy with
 * them for a tenth of a second, and a counter behind them.
 */
export function openTurns(): TakeTurn {
  const waiting: (() => void)[] = [];
  const next = () => {
    waiting.shift()?.();
    // A turn is taken for each, and not for all at once: immediates that are due together run together.
    if (waiting.length > 0) setImmediate(next);
  };
  return () =>
    new Promise((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(next);
    });
}
