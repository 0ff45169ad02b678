/**
 * Waits until whoever else comes in these turns of the event loop has come: at least one turn, and no longer
 * than it takes `waiting` to stand still for a turn. So somebody who is alone waits for nobody, while a busy
 * gateway, whose turns bring more and more, lets them share what a statement costs.
 *
 * @param waiting how many wait by now
 */
export type AwaitCompany = (waiting: () => number) => Promise<void>;

/** Milliseconds that the first one waits at most: a process that has so much to do for others is late anyhow. */
const mostMs = 16;

/** @param monotonic milliseconds that never go back nor jump */
export function countTurns(monotonic: () => number): AwaitCompany {
  return (waiting) =>
    new Promise((resolve) => {
      const until = monotonic() + mostMs;
      let before = waiting();
      const look = () => {
        const count = waiting();
        if (count === before || monotonic() >= until) {
          resolve();
          return;
        }
        before = count;
        setImmediate(look);
      };
      setImmediate(look);
    });
}
