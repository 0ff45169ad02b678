import {
  OperationTypeNode,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import type {
  GraphQLField,
  GraphQLInputType,
  GraphQLInterfaceType,
  GraphQLObjectType,
  GraphQLSchema,
} from "graphql";
import { lan } from "./asking.ts";

/** One field, and a query that asks it last, of a citizen in the relation. */
export interface Cell {
  readonly coordinate: string;
  readonly relation: "subject" | "thirdParty";
  readonly query: string;
  /** Of the field, in the answer. */
  readonly path: string;
}

/** Values of scalars; of any other, a text will do. */
const values: Readonly<Record<string, string>> = {
  PIN: `"${lan}"`,
  UnitCode: '"00004"',
  Date: '"2026-11-01"',
  Int: "1",
  Float: "1",
  Boolean: "true",
};

/**
 * Finds for each field of the schema a way from the root, in each relation in which there is one: the way
 * is the shortest, through whatever fields there are, open or not.
 */
export function reachFields(schema: GraphQLSchema): Cell[] {
  const found = new Map<string, Cell>();
  const queue = Object.values(OperationTypeNode).flatMap((kind): Way[] => {
    const type = schema.getRootType(kind);
    return type ? [{ type, people: 0, opened: `${kind} {`, closed: "}", path: [] }] : [];
  });
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

/** Writes a field with the arguments that it must have. */
export function writeField({ name, args }: GraphQLField<unknown, unknown>): string {
  const written = args.filter(isRequiredArgument).map((each) => writeInput(each));
  return written.length > 0 ? `${name}(${written.join(", ")})` : name;
}

function writeInput({ name, type }: { readonly name: string; readonly type: GraphQLInputType }) {
  return `${name}: ${writeValue(type)}`;
}

function writeValue(type: GraphQLInputType): string {
  const bare = getNullableType(type);
  if (isListType(bare)) return `[${writeValue(bare.ofType)}]`;
  if (isEnumType(bare)) return bare.getValues()[0]!.name;
  if (!isInputObjectType(bare)) return values[bare.name] ?? '"x"';
  const fields = Object.values(bare.getFields()).filter(isRequiredInputField);
  return `{ ${fields.map((field) => writeInput(field)).join(", ")} }`;
}
