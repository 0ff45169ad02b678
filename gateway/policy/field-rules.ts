import {
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import type { GraphQLInputType, GraphQLNamedType, GraphQLSchema } from "graphql";
import type { FieldPolicy, Policies } from "../../schema/policies.ts";

/** What a token must have before a field may be asked: the standard directives of Federation. */
export interface Requirement {
  /** `@requiresScopes`: one of the lists, and of that all scopes; null where none are required. */
  readonly scopes: readonly (readonly string[])[] | null;
  /** `@policy`: likewise. */
  readonly policies: readonly (readonly string[])[] | null;
}

/** By the coordinate of a field, or the name of a type. With `@authenticated` alone, both parts are null. */
export type Requirements = ReadonlyMap<string, readonly Requirement[]>;

/** A root field that looks people up by an argument. */
export interface LookupRule {
  readonly type: string;
  readonly key: string;
}

/** What opens a field, whatever type its object turns out to have. */
export interface FieldRule {
  /** Says nothing about a person. */
  readonly impersonal: boolean;
  /** Purposes that open it of a citizen who is named in the request. */
  readonly subject: ReadonlySet<string>;
  /** … and of any other citizen. */
  readonly thirdParty: ReadonlySet<string>;
  /** The grounds on which its owner opens it. */
  readonly ground: string;
  /** Coordinate of the field about which it answers yes or no. */
  readonly predicateOf: string | undefined;
  readonly requirements: readonly Requirement[];
}

/** The rules of a supergraph: made once, and read for each operation. */
export interface FieldRules {
  readonly schema: GraphQLSchema;
  /** By coordinate, of every field that clients see. */
  readonly fields: ReadonlyMap<string, FieldRule>;
  /** Types whose objects are people, or may turn out to be. */
  readonly people: ReadonlySet<string>;
  /** By the type of those objects, the field whose value tells who it is. */
  readonly keysOfPeople: ReadonlyMap<string, string>;
  /** Names of the root fields whose people are named in their arguments. */
  readonly lookups: ReadonlySet<string>;
  /** Types of input that hold personal numbers. */
  readonly naming: ReadonlySet<string>;
}

/** The scalar whose values name people. */
const personalNumber = "PIN";

export interface FieldRulesSource {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  /** Undefined where the supergraph knows no policies: then nothing in it is held to be personal. */
  readonly policies: Policies | undefined;
  readonly requirements: Requirements;
  /** By the name of the field of `Query`. */
  readonly lookups: ReadonlyMap<string, LookupRule>;
}

export function makeFieldRules(source: FieldRulesSource): FieldRules {
  const { schema, policies, lookups } = source;
  const persons = new Map(
    [...lookups.values()]
      .filter((lookup) => policies !== undefined && isKeyedByNumber(lookup, schema))
      .map(({ type, key }) => [type, key]),
  );
  const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));
  return {
    schema,
    fields: new Map(types.flatMap((type) => readRules(type, source))),
    people: new Set(types.filter((type) => mayBe(type, persons, schema)).map(({ name }) => name)),
    keysOfPeople: persons,
    lookups: new Set(
      [...lookups].filter(([, { type }]) => persons.has(type)).map(([field]) => field),
    ),
    naming: findNaming(types),
  };
}

function readRules(type: GraphQLNamedType, source: FieldRulesSource): [string, FieldRule][] {
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const possible = isInterfaceType(type) ? source.schema.getPossibleTypes(type) : [];
  return Object.values(type.getFields()).map((field) => {
    // Whoever asks an interface's field gets that of an object: both must be open.
    const rules = [type, ...possible].map(({ name }) =>
      readRule(name, field.name, getNamedType(field.type).name, source),
    );
    return [`${type.name}.${field.name}`, rules.reduce(narrow)];
  });
}

function readRule(
  type: string,
  field: string,
  result: string,
  { policies, requirements }: FieldRulesSource,
): FieldRule {
  const policy = policies === undefined ? notPersonal : policies.get(`${type}.${field}`);
  const { impersonal = false, openings = [], predicateOf } = policy ?? {};
  return {
    // One that is both has a contradiction in its policy; the closed reading holds.
    impersonal: impersonal && openings.length === 0,
    subject: new Set(openings.flatMap(({ to }) => to)),
    thirdParty: new Set(openings.flatMap(({ thirdParty }) => thirdParty)),
    ground: [...new Set(openings.map(({ ground }) => ground))].join("; "),
    predicateOf: predicateOf && `${type}.${predicateOf}`,
    requirements: [`${type}.${field}`, type, result].flatMap((key) => requirements.get(key) ?? []),
  };
}

const notPersonal: FieldPolicy = {
  impersonal: true,
  openings: [],
  sensitive: false,
  predicateOf: undefined,
};

/** Open for what both are open for. */
function narrow(one: FieldRule, other: FieldRule): FieldRule {
  const both = (part: "subject" | "thirdParty") => {
    if (one.impersonal) return other[part];
    return other.impersonal ? one[part] : one[part].intersection(other[part]);
  };
  return {
    impersonal: one.impersonal && other.impersonal,
    subject: both("subject"),
    thirdParty: both("thirdParty"),
    ground: one.ground === "" ? other.ground : one.ground,
    predicateOf: one.predicateOf ?? other.predicateOf,
    requirements: [...new Set([...one.requirements, ...other.requirements])],
  };
}

function isKeyedByNumber({ type, key }: LookupRule, schema: GraphQLSchema): boolean {
  const entity = schema.getType(type);
  const field = isObjectType(entity) ? entity.getFields()[key] : undefined;
  return field !== undefined && getNamedType(field.type).name === personalNumber;
}

function mayBe(
  type: GraphQLNamedType,
  persons: ReadonlyMap<string, string>,
  schema: GraphQLSchema,
): boolean {
  return isAbstractType(type)
    ? schema.getPossibleTypes(type).some(({ name }) => persons.has(name))
    : persons.has(type.name);
}

/** The scalar itself, and the input objects that hold it, however deep. */
function findNaming(types: readonly GraphQLNamedType[]): ReadonlySet<string> {
  const naming = new Set([personalNumber]);
  const inputs = types.filter(isInputObjectType);
  const holds = (type: GraphQLInputType) => naming.has(getNamedType(type).name);
  for (let known = 0; known < naming.size;) {
    known = naming.size;
    for (const input of inputs)
      if (Object.values(input.getFields()).some(({ type }) => holds(type))) naming.add(input.name);
  }
  return naming;
}
