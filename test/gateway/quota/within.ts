import type { Quota } from "../../../gateway/quota/quota.ts";
import type { HeldClock } from "./clock.ts";

/** The longest that anything here may wait, in the held clock's milliseconds. */
const longest = 10_000;

/**
 * What was asked for, letting time pass until it is there, and the process do its keeping meanwhile.
 *
 * @throws {Error} where it does not come in ten seconds
 */
export async function within<T>(
  clock: HeldClock,
  asked: T | Promise<T>,
  process?: Pick<Quota, "step">,
): Promise<T> {
  let done = false;
  const result = Promise.resolve(asked).finally(() => (done = true));
  result.catch(() => {});
  for (let waited = 0; !done; waited += 50) {
    if (waited > longest) throw new Error("What was asked for did not come in ten seconds.");
    await clock.pass(50);
    await process?.step();
  }
  return result;
}
