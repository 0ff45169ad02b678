import { Kind } from "graphql";
import type { DocumentNode, SelectionSetNode } from "graphql";
import type { Limits } from "../config.ts";

/** What an operation costs to plan, fragments counted at each use. */
export interface Cost {
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly fields: number;
}

/** A limit that an operation exceeds. */
export interface Excess {
  readonly limit: number;
  readonly cost: number;
  /** What is limited, with the limit and the cost: a sentence for whoever wrote the query. */
  readonly message: string;
}

const names: Readonly<Record<keyof Cost, (count: number) => string>> = {
  depth: (count) => `${count} levels of fields`,
  aliases: (count) => `${count} aliases`,
  rootFields: (count) => `${count} fields at its root`,
  fields: (count) => `${count} fields`,
};

/**
 * Holds the query's text against the limit, before anything reads it.
 *
 * @param query its text
 */
export function findTextExcess(query: string, limits: Limits): Excess | undefined {
  // A UTF-16 unit has three bytes of UTF-8 at most: most queries need not be measured.
  if (query.length * 3 <= limits.queryBytes) return undefined;
  const bytes = Buffer.byteLength(query);
  return bytes > limits.queryBytes
    ? describeExcess(limits.queryBytes, bytes, (count) => `${count} bytes`)
    : undefined;
}

/** The first limit that an operation of the document exceeds; costliest operation first. */
export function findExcess(document: DocumentNode, limits: Limits): Excess | undefined {
  const costs = measureOperations(document);
  for (const key of ["depth", "rootFields", "aliases", "fields"] as const) {
    const cost = Math.max(0, ...costs.map((operation) => operation[key]));
    if (cost > limits[key]) return describeExcess(limits[key], cost, names[key]);
  }
  return undefined;
}

/**
 * What each operation of a document costs. Runs before validation, so fragments may be missing or use
 * themselves: both cost nothing here, and validation refuses them. A fragment is measured once, so the
 * time is that of reading the document, however often fragments multiply.
 */
export function measureOperations(document: DocumentNode): Cost[] {
  const fragments = new Map<string, SelectionSetNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition.selectionSet);

  const measured = new Map<string, Cost>();
  const measureFragment = (name: string): Cost => {
    const known = measured.get(name);
    if (known) return known;
    const selectionSet = fragments.get(name);
    if (selectionSet === undefined) return nothing;
    measured.set(name, nothing);
    const cost = measure(selectionSet);
    measured.set(name, cost);
    return cost;
  };
  const measure = ({ selections }: SelectionSetNode): Cost => {
    let cost = nothing;
    for (const selection of selections)
      if (selection.kind === Kind.FIELD) {
        const inner = selection.selectionSet ? measure(selection.selectionSet) : nothing;
        cost = add(cost, {
          depth: inner.depth + 1,
          aliases: inner.aliases + (selection.alias ? 1 : 0),
          rootFields: 1,
          fields: inner.fields + 1,
        });
      } else if (selection.kind === Kind.INLINE_FRAGMENT)
        cost = add(cost, measure(selection.selectionSet));
      else cost = add(cost, measureFragment(selection.name.value));
    return cost;
  };
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [measure(definition.selectionSet)] : [],
  );
}

const nothing: Cost = Object.freeze({ depth: 0, aliases: 0, rootFields: 0, fields: 0 });

function add(one: Cost, other: Cost): Cost {
  return {
    depth: Math.max(one.depth, other.depth),
    aliases: one.aliases + other.aliases,
    rootFields: one.rootFields + other.rootFields,
    fields: one.fields + other.fields,
  };
}

/** Holds what an answer may hold against the limit, before anything of it is fetched. */
export function findReachExcess(values: number, limits: Limits): Excess | undefined {
  return values > limits.values
    ? describeExcess(limits.values, values, (count) => `${count} values in its answer`)
    : undefined;
}

function describeExcess(limit: number, cost: number, name: (count: number) => string): Excess {
  return {
    limit,
    cost,
    message: `The query has ${name(cost)}; at most ${limit} are allowed. Ask for less, or in several requests.`,
  };
}
