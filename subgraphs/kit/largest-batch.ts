import { GraphQLError } from "graphql";
import type { AskedField } from "./asked-keys.ts";

/**
 * Refuses an operation that asks for more keys than the owner's terms allow: the representations of
 * every `_entities` and the keys of every look-up together, since an alias repeats a field at no cost.
 *
 * @throws {GraphQLError} that names the argument that brings too many
 */
export function refuseTooMany(asked: readonly AskedField[], largestBatch: number): void {
  const total = asked.reduce((sum, { keys }) => sum + keys.length, 0);
  if (total <= largestBatch) return;
  let count = 0;
  const over = asked.find(({ keys }) => (count += keys.length) > largestBatch);
  throw new GraphQLError(
    `This register takes ${largestBatch} keys in one call; ${total} came. Split the batch.`,
    {
      extensions: { code: "BAD_USER_INPUT", argument: over?.argument, http: { status: 400 } },
    },
  );
}
