import { getNamedType, isCompositeType, isInterfaceType, isObjectType } from "graphql";
import type { GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema } from "graphql";
import { lan } from "./asking.ts";

/** One field, and a query that asks it last, of a citizen in the relation. */
export interface Cell {
  readonly coordinate: string;
  readonly relation: "subject" | "thirdParty";
  readonly query: string;
  /** Of the field, in the answer. */
  readonly path: string;
}

const values: Readonly<Record<string, string>> = {
  "PIN!": `"${lan}"`,
  "[PIN!]!": `["${lan}"]`,
  "UnitCode!": '"00004"',
  "Date!": '"2026-11-01"',
};

/**
 * Finds for each field of the schema a way from the root, in each relation in which there is one: the way
 * is the shortest, through whatever fields there are, open or not.
 */
export function reachFields(schema: GraphQLSchema): Cell[] {
  const found = new Map<string, Cell>();
  const queue: Way[] = [
    { type: schema.getQueryType()!, people: 0, opened: "{", closed: "}", path: [] },
  ];
  for (let way = queue.shift(); way; way = queue.shift())
    for (const field of Object.values(way.type.getFields())) {
      const cell = toCell(way, field);
      if (cell === undefined || found.has(`${cell.relation} ${cell.coordinate}`)) continue;
      found.set(`${cell.relation} ${cell.coordinate}`, cell);
      queue.push(...followField(way, field, schema));
    }
  return [...found.values()];
}

interface Way {
  readonly type: GraphQLObjectType | GraphQLInterfaceType;
  /** Citizens passed: of the second on, relation is that of a third party. */
  readonly people: number;
  readonly opened: string;
  readonly closed: string;
  readonly path: readonly string[];
}

function toCell(
  { type, people, opened, closed, path }: Way,
  field: GraphQLField<unknown, unknown>,
): Cell {
  const inner = isCompositeType(getNamedType(field.type)) ? "{ __typename }" : "";
  return {
    coordinate: `${type.name}.${field.name}`,
    relation: people > 1 ? "thirdParty" : "subject",
    query: `${opened} ${writeField(field)} ${inner} ${closed}`,
    path: [...path, field.name].join("."),
  };
}

function followField(
  way: Way,
  field: GraphQLField<unknown, unknown>,
  schema: GraphQLSchema,
): Way[] {
  const type = getNamedType(field.type);
  const people = way.people + (type.name === "Citizen" ? 1 : 0);
  if (!isCompositeType(type) || people > 2) return [];
  const next = { people, path: [...way.path, field.name] };
  const opened = `${way.opened} ${writeField(field)} {`;
  const closed = `} ${way.closed}`;
  const objects = isObjectType(type) ? [] : schema.getPossibleTypes(type);
  return [
    ...(isObjectType(type) || isInterfaceType(type) ? [{ ...next, type, opened, closed }] : []),
    ...objects.map((object) => ({
      ...next,
      type: object,
      opened: `${opened} ... on ${object.name} {`,
      closed: `} ${closed}`,
    })),
  ];
}

export function writeField({ name, args }: GraphQLField<unknown, unknown>): string {
  const required = args.filter(({ type }) => String(type).endsWith("!"));
  const written = required.map((argument) => `${argument.name}: ${values[String(argument.type)]!}`);
  return written.length > 0 ? `${name}(${written.join(", ")})` : name;
}
