import type { GraphQLSchema } from "graphql";
import { sectorError } from "./errors.ts";

/**
 * Refuses more representations in one `_entities` than the owner's terms allow, before the first one
 * is resolved. Changes the schema in place.
 */
export function limitBatch(schema: GraphQLSchema, largestBatch: number): GraphQLSchema {
  const entities = schema.getQueryType()?.getFields()["_entities"];
  const resolve = entities?.resolve;
  if (!entities || !resolve)
    throw new Error("The schema has no entity with @key, so that no gateway could join it.");
  entities.resolve = (source, args: { representations: unknown[] }, context, info) => {
    const count = args.representations.length;
    if (count > largestBatch)
      throw sectorError(
        "BAD_USER_INPUT",
        `This register takes ${largestBatch} representations in one call; ${count} came. Split the batch.`,
        { argument: "representations" },
      );
    return resolve(source, args, context, info);
  };
  return schema;
}
