import { Supergraph as ComposedSupergraph } from "@apollo/federation-internals";
import { parse } from "graphql";
import type { GraphQLSchema } from "graphql";
import { gatewaySubgraph } from "../../schema/gateway.ts";
import { readJoins } from "./joins.ts";
import type { EntityKey } from "./joins.ts";
import { readLookups } from "./lookups.ts";
import type { Lookup } from "./lookups.ts";

/** What a supergraph says, read once; every other part of the gateway asks this and never the SDL. */
export interface Supergraph {
  /** Its text. */
  readonly sdl: string;
  /** What clients see: no join machinery, nothing inaccessible. */
  readonly apiSchema: GraphQLSchema;
  /** The owners' sources by name, such as `population`. */
  readonly sources: ReadonlyMap<string, SourceSchema>;
  /** What the gateway answers itself, where the supergraph has such a part. */
  readonly own: SourceSchema | undefined;
  /** Root look-ups by key, by the name of the field of `Query`. */
  readonly lookups: ReadonlyMap<string, Lookup>;
  /**
   * Whether the SDL has the `@lookup` directive, so that its sources keep the contract about nulls: only
   * the source that looks a type up may say that there is nobody.
   */
  readonly declaresLookups: boolean;
  /**
   * Names of fields that one source is told as another answered them (`@key`, `@requires`,
   * `@provides`), by name of the type; an alias that bears such a name would falsify it.
   */
  readonly fieldsBetweenSources: ReadonlyMap<string, ReadonlySet<string>>;
  /** What the planner reads. */
  readonly composed: ComposedSupergraph;
}

/** One source, as the supergraph knows it. */
export interface SourceSchema {
  readonly name: string;
  /** Where it answers, unless the configuration names another place; may be empty. */
  readonly url: string;
  /** Its own schema with its own nullability, `_entities` included. */
  readonly schema: GraphQLSchema;
  /** Keys by which it resolves entities, by name of the type. */
  readonly keys: ReadonlyMap<string, readonly EntityKey[]>;
  /** Fields that it is told and need not answer (`@external`), as `Type.field`. */
  readonly externalFields: ReadonlySet<string>;
  /**
   * For each `Type.field` that it answers by what other sources answered (`@requires`), the names of those
   * fields of the same object.
   */
  readonly requiredFields: ReadonlyMap<string, ReadonlySet<string>>;
  /**
   * Fields that return objects, that other sources answer too and that pass to no other source, as
   * `Type.field`: one source's loss of such an object must not erase what another one knows of it.
   */
  readonly sharedFields: ReadonlySet<string>;
}

/**
 * Reads a Federation 2 supergraph, of this project or any other.
 *
 * @param sdl its text
 * @param file what an error calls it
 * @throws {Error} with a sentence that names the file and what is wrong with it
 */
export function readSupergraph(sdl: string, file: string): Supergraph {
  const document = refusing(`${file} is not a GraphQL schema`, () => parse(sdl));
  const composed = refusing(`${file} is not a Federation 2 supergraph`, () =>
    ComposedSupergraph.build(sdl),
  );
  const joins = readJoins(document);
  const schema = composed.schema.toGraphQLJSSchema();
  const fieldsBetweenSources = joins.fieldsBetweenSources(schema);
  const parts = refusing(`${file} does not come apart into its subgraphs`, () =>
    [...composed.subgraphs()].map(({ name, url, schema }): SourceSchema => {
      const graph = joins.graphs.get(name) ?? "";
      return {
        name,
        url,
        schema: schema.toGraphQLJSSchema(),
        keys: joins.keys(graph),
        externalFields: joins.externalFields(graph),
        requiredFields: joins.requiredFields(graph),
        sharedFields: joins.sharedFields(graph, fieldsBetweenSources),
      };
    }),
  );
  const { lookups, declared } = refusing(`${file} has a look-up that cannot be one`, () =>
    readLookups(document, schema, joins),
  );
  return Object.freeze({
    sdl,
    apiSchema: composed.apiSchema().toGraphQLJSSchema(),
    sources: new Map(parts.filter(({ url }) => !isOwn(url)).map((source) => [source.name, source])),
    own: parts.find(({ url }) => isOwn(url)),
    lookups,
    declaresLookups: declared,
    fieldsBetweenSources,
    composed,
  });
}

function isOwn(url: string): boolean {
  return url === gatewaySubgraph.url;
}

/** Runs `read`; what it throws becomes one sentence that opens with `what`. */
function refusing<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const why = (error as Error).message.trim().replaceAll(/\s*\n\s*/g, "; ");
    throw new Error(`${what}: ${why}`, { cause: error });
  }
}
