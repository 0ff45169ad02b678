import { Kind, getNamedType, isCompositeType, isInterfaceType, isObjectType } from "graphql";
import type {
  ArgumentNode,
  DirectiveNode,
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLArgument,
  GraphQLCompositeType,
  InlineFragmentNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from "graphql";
import type { FieldRule, FieldRules } from "./field-rules.ts";

/** Whose data a field is: of a citizen whom the request names, or of one who is found through another. */
export type Relation = "subject" | "thirdParty";

/** A variable in `@skip` or `@include`, and the value with which the field is asked. */
export interface Condition {
  readonly variable: string;
  readonly asks: boolean;
}

/** One field of an operation, in one place: a fragment that is used twice gives two. */
export interface AskedField {
  /** Of the field as the operation has it, such as `MaritalEvent.spouse`. */
  readonly coordinate: string;
  /** Response names from the root. */
  readonly path: readonly string[];
  readonly relation: Relation;
  /** Asked where all of them hold, or may hold. */
  readonly conditions: readonly Condition[];
  /** Undefined where clients have no such field: closed to everybody. */
  readonly rule: FieldRule | undefined;
  /** Whether it leads from a citizen who was found through another to a third one. */
  readonly leadsTooFar: boolean;
  readonly arguments: readonly AskedArgument[];
}

export interface AskedArgument {
  readonly definition: GraphQLArgument;
  /** Undefined where the operation leaves it out. */
  readonly node: ArgumentNode | undefined;
}

export interface AskedOperation {
  readonly fields: readonly AskedField[];
  /** Whether it asks about the schema (`__schema`, `__type`). */
  readonly asksSchema: boolean;
  readonly operation: OperationDefinitionNode;
}

/** The citizen who is named, and one who is found through him. */
const mostInEachOther = 2;

interface Place {
  readonly path: readonly string[];
  readonly relation: Relation;
  /** Citizens in each other so far. */
  readonly people: number;
  readonly conditions: readonly Condition[];
  /** Fragments of this object that were looked into, each under its conditions: a second time says the same. */
  readonly seen: Set<string>;
}

/**
 * Lists what an operation asks, wherever fragments, aliases and interfaces have put it. The document must
 * be valid and within the limits of `limits.ts`, which bound how often fragments multiply.
 *
 * @param operationName which operation of the document is meant; undefined where it holds one alone
 * @throws {Error} where the document has no such operation
 */
export function listAskedFields(
  document: DocumentNode,
  operationName: string | undefined,
  rules: FieldRules,
): AskedOperation {
  const operation = findOperation(document, operationName);
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((definition) => [definition.name.value, definition]),
  );
  const fields: AskedField[] = [];
  let asksSchema = false;

  const walk = (
    { selections }: SelectionSetNode,
    type: GraphQLCompositeType,
    place: Place,
  ): void => {
    for (const selection of selections) {
      const conditions = readConditions(selection);
      if (conditions === "never") continue;
      const here =
        conditions.length > 0
          ? { ...place, conditions: [...place.conditions, ...conditions] }
          : place;
      if (selection.kind === Kind.FIELD) ask(selection, type, here);
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        walk(selection.selectionSet, conditionType(selection, type), here);
      else {
        const fragment = fragments.get(selection.name.value);
        const id = [selection.name.value, ...here.conditions.map(describe)].join(" ");
        if (fragment === undefined || here.seen.has(id)) continue;
        here.seen.add(id);
        walk(fragment.selectionSet, conditionType(fragment, type), here);
      }
    }
  };

  const conditionType = (
    { typeCondition }: InlineFragmentNode | FragmentDefinitionNode,
    type: GraphQLCompositeType,
  ): GraphQLCompositeType => {
    const named = typeCondition && rules.schema.getType(typeCondition.name.value);
    return isCompositeType(named) ? named : type;
  };

  const ask = (node: FieldNode, type: GraphQLCompositeType, place: Place): void => {
    const name = node.name.value;
    if (name === "__typename") return;
    const root = place.path.length === 0;
    if (root && (name === "__schema" || name === "__type")) {
      asksSchema = true;
      return;
    }
    const definition =
      isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
    const result = definition && getNamedType(definition.type);
    const path = [...place.path, node.alias?.value ?? name];
    const leadsToPerson = result !== undefined && rules.people.has(result.name);
    const lookup = root && type === rules.schema.getQueryType() && rules.lookups.has(name);
    const people = countPeople(place, leadsToPerson, lookup);
    fields.push({
      coordinate: `${type.name}.${name}`,
      path,
      relation: place.relation,
      conditions: place.conditions,
      rule: definition && rules.fields.get(`${type.name}.${name}`),
      leadsTooFar: people > mostInEachOther,
      arguments: (definition?.args ?? []).map((argument) => ({
        definition: argument,
        node: node.arguments?.find((given) => given.name.value === argument.name),
      })),
    });
    if (!node.selectionSet || !isCompositeType(result)) return;
    const relation = leadsToPerson ? (lookup ? "subject" : "thirdParty") : place.relation;
    walk(node.selectionSet, result, { ...place, path, relation, people, seen: new Set() });
  };

  const root = rules.schema.getRootType(operation.operation);
  if (root)
    walk(operation.selectionSet, root, {
      path: [],
      relation: "subject",
      people: 0,
      conditions: [],
      seen: new Set(),
    });
  return { fields, asksSchema, operation };
}

/** A citizen whom the request doesn't name stands as deep as one who was found through another. */
function countPeople({ people }: Place, leadsToPerson: boolean, lookup: boolean): number {
  if (!leadsToPerson) return people;
  return lookup ? 1 : Math.max(people, 1) + 1;
}

function findOperation(
  { definitions }: DocumentNode,
  name: string | undefined,
): OperationDefinitionNode {
  const operations = definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const [found, ...others] =
    name === undefined
      ? operations
      : operations.filter((operation) => operation.name?.value === name);
  if (found === undefined || others.length > 0)
    throw new Error("The document must hold the one operation that is to be checked.");
  return found;
}

/**
 * Conditions of a selection; `never` where a literal says that it is not asked. What is left out for
 * certain may be: an executor reads the same literals and the same variables.
 */
function readConditions({ directives = [] }: SelectionNode): readonly Condition[] | "never" {
  const conditions: Condition[] = [];
  for (const directive of directives) {
    const asks = asksWhen(directive);
    if (asks === undefined) continue;
    const value = directive.arguments?.find(({ name }) => name.value === "if")?.value;
    if (value?.kind === Kind.BOOLEAN && value.value !== asks) return "never";
    if (value?.kind === Kind.VARIABLE) conditions.push({ variable: value.name.value, asks });
  }
  return conditions;
}

function describe({ variable, asks }: Condition): string {
  return `${asks ? "" : "!"}${variable}`;
}

/** The value of `if` with which the directive lets a field be asked. */
function asksWhen({ name }: DirectiveNode): boolean | undefined {
  if (name.value === "include") return true;
  return name.value === "skip" ? false : undefined;
}

/**
 * Whether something is asked with these variables. It is left out only where a variable is exactly the
 * value that excludes it; one that is missing, or anything else, counts as asking.
 */
export function isAsked(
  { conditions }: { readonly conditions: readonly Condition[] },
  variables: Readonly<Record<string, unknown>>,
): boolean {
  return conditions.every(
    ({ variable, asks }) => !Object.hasOwn(variables, variable) || variables[variable] !== !asks,
  );
}
