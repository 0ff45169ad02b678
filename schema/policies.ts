import { Kind, valueFromASTUntyped } from "graphql";
import type {
  ConstDirectiveNode,
  DefinitionNode,
  DocumentNode,
  FieldDefinitionNode,
  InterfaceTypeDefinitionNode,
  InterfaceTypeExtensionNode,
  ObjectTypeDefinitionNode,
  ObjectTypeExtensionNode,
} from "graphql";

/** For whom an owner opens a field: one `@open` of `policy.graphql`. */
export interface Opening {
  /** Codes of the purposes. */
  readonly to: readonly string[];
  /** Those of them that open the field also of citizens who are not named in the request. */
  readonly thirdParty: readonly string[];
  /** Act and article that allow it. */
  readonly ground: string;
}

/** What an owner's SDL says of one field. Of a field without a word of it, nothing is open. */
export interface FieldPolicy {
  /** Says nothing about a person: open to whoever may see the field that leads here. */
  readonly impersonal: boolean;
  readonly openings: readonly Opening[];
  /** Whether its own line alone counts. */
  readonly sensitive: boolean;
  /** The field of the same type about which this one answers yes or no. */
  readonly predicateOf: string | undefined;
}

/** By coordinate, such as `Citizen.fullName`. */
export type Policies = ReadonlyMap<string, FieldPolicy>;

/** The directives that open a field, on the field or on its type. */
const opening: ReadonlySet<string> = new Set(["open", "impersonal"]);

type FieldedNode =
  | ObjectTypeDefinitionNode
  | ObjectTypeExtensionNode
  | InterfaceTypeDefinitionNode
  | InterfaceTypeExtensionNode;

/**
 * Reads the policies on the fields of a supergraph, or of an owner's SDL that has been spelt out. A type's
 * own line does not count here: in a supergraph, nobody can tell whose fields it was written for.
 *
 * @throws {Error} with a sentence where a directive is not written as `policy.graphql` defines it
 */
export function readPolicies(document: DocumentNode): Policies {
  const policies = new Map<string, FieldPolicy>();
  for (const type of document.definitions.filter(isFielded))
    for (const field of type.fields ?? []) {
      const policy = readPolicy(field, `${type.name.value}.${field.name.value}`);
      if (policy) policies.set(`${type.name.value}.${field.name.value}`, policy);
    }
  return policies;
}

/**
 * Writes a type's line onto each of its fields that has none of its own, and takes it from the type.
 * Composition needs that: it would put the line that one owner writes on his part of `Citizen` onto
 * every other owner's fields.
 *
 * Left without a line are sensitive fields, and those by which an impersonal type leads to data of a
 * person.
 */
export function spellOutPolicies(document: DocumentNode): DocumentNode {
  const types = document.definitions.filter(isFielded);
  const lines = new Map<string, ConstDirectiveNode[]>();
  const personal = new Set(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.UNION_TYPE_DEFINITION ? [definition.name.value] : [],
    ),
  );
  for (const { name, directives = [] } of types) {
    const own = directives.filter(isOpening);
    lines.set(name.value, [...(lines.get(name.value) ?? []), ...own]);
  }
  for (const [name, own] of lines) if (!own.some(isImpersonal)) personal.add(name);
  const spell = (definition: DefinitionNode): DefinitionNode => {
    if (!isFielded(definition)) return definition;
    const line = lines.get(definition.name.value) ?? [];
    return {
      ...definition,
      directives: (definition.directives ?? []).filter((directive) => !isOpening(directive)),
      fields: (definition.fields ?? []).map((field) =>
        takesLine(field, line, personal)
          ? { ...field, directives: [...(field.directives ?? []), ...line] }
          : field,
      ),
    };
  };
  return { ...document, definitions: document.definitions.map(spell) };
}

function takesLine(
  { directives = [], type }: FieldDefinitionNode,
  line: readonly ConstDirectiveNode[],
  personal: ReadonlySet<string>,
): boolean {
  if (directives.some(isOpening) || directives.some(({ name }) => name.value === "sensitive"))
    return false;
  return !line.some(isImpersonal) || !personal.has(namedType(type));
}

function readPolicy({ directives = [] }: FieldDefinitionNode, coordinate: string) {
  const sensitive = directives.some(({ name }) => name.value === "sensitive");
  const openings = directives
    .filter(({ name }) => name.value === "open")
    .map((directive) => readOpening(directive, coordinate));
  const impersonal = directives.some(isImpersonal);
  const [predicate] = directives.filter(({ name }) => name.value === "predicate");
  if (openings.length === 0 && !impersonal && !sensitive && !predicate) return undefined;
  const predicateOf = predicate && readText(predicate, "of", coordinate);
  return Object.freeze<FieldPolicy>({ impersonal, openings, sensitive, predicateOf });
}

function readOpening(directive: ConstDirectiveNode, coordinate: string): Opening {
  const codes = (argument: string, fallback?: string) =>
    readText(directive, argument, coordinate, fallback)
      .split(/\s+/)
      .filter((code) => code !== "");
  return Object.freeze({
    to: codes("to"),
    thirdParty: codes("thirdParty", ""),
    ground: readText(directive, "ground", coordinate).trim(),
  });
}

function readText(
  { name, arguments: given = [] }: ConstDirectiveNode,
  argument: string,
  coordinate: string,
  fallback?: string,
): string {
  const node = given.find((each) => each.name.value === argument)?.value;
  const value = node === undefined ? fallback : valueFromASTUntyped(node);
  if (typeof value === "string") return value;
  throw new Error(`${coordinate} bears @${name.value}, whose "${argument}" must be a text.`);
}

function isOpening({ name }: ConstDirectiveNode): boolean {
  return opening.has(name.value);
}

function isImpersonal({ name }: ConstDirectiveNode): boolean {
  return name.value === "impersonal";
}

function isFielded(definition: DefinitionNode): definition is FieldedNode {
  return (
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.OBJECT_TYPE_EXTENSION ||
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
    definition.kind === Kind.INTERFACE_TYPE_EXTENSION
  );
}

function namedType(type: FieldDefinitionNode["type"]): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}
