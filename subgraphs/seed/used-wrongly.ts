import { isUsageError } from "../../schema/program.ts";

/** What a program throws when it was called wrongly: exit code 2, and the sentence to stderr. */
export class UsedWrongly extends Error {
  override readonly name = "UsedWrongly";
}

/** @throws {UsedWrongly} for anything but a whole number from `low` to `high`. */
export function readWhole(option: string, text: string, low: number, high: number): number {
  const number = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= low && number <= high) return number;
  throw new UsedWrongly(
    `${option} is a whole number from ${low} to ${high}, not ${JSON.stringify(text)}.`,
  );
}

/** What went wrong, as one plain sentence and an exit code: 2 used wrongly, 1 failed. */
export function explainFailure(error: unknown): { sentence: string; exitCode: 1 | 2 } {
  const { message } = error as Error;
  const usedWrongly = error instanceof UsedWrongly || isUsageError(error);
  // Node's own sentence about an option goes on with advice on quoting it.
  const [sentence = message] = message.split("\n");
  return { sentence, exitCode: usedWrongly ? 2 : 1 };
}
