import type { GraphQLSchema } from "graphql";
import { defaultFieldResolver } from "graphql";
import { sectorError } from "./errors.ts";

/**
 * Refuses more keys in one operation than the owner's terms allow: the representations of every
 * `_entities` and the keys of every look-up together, since an alias repeats a field at no cost. The
 * field that brings too many is refused before its first key is resolved; those before it stand.
 * Changes the schema in place.
 */
export function limitBatch(schema: GraphQLSchema, largestBatch: number): GraphQLSchema {
  const fields = schema.getQueryType()?.getFields() ?? {};
  if (!fields["_entities"])
    throw new Error("The schema has no entity with @key, so that no gateway could join it.");
  const counts = new WeakMap<object, number>();
  for (const field of Object.values(fields)) {
    const resolve = field.resolve ?? defaultFieldResolver;
    field.resolve = (source, args: Record<string, unknown>, context: object, info) => {
      const [argument, keys] = longestList(args);
      const count = (counts.get(context) ?? 0) + keys;
      counts.set(context, count);
      if (count > largestBatch)
        throw sectorError(
          "BAD_USER_INPUT",
          `This register takes ${largestBatch} keys in one call; ${count} came. Split the batch.`,
          { argument },
        );
      return resolve(source, args, context, info);
    };
  }
  return schema;
}

/** The argument with the keys, and how many they are: a field without a list asks for one thing. */
function longestList(args: Readonly<Record<string, unknown>>): [string | undefined, number] {
  const sizes = Object.entries(args).map(([name, value]): [string, number] => [
    name,
    Array.isArray(value) ? value.length : 1,
  ]);
  return sizes.toSorted(([, one], [, other]) => other - one)[0] ?? [undefined, 1];
}
