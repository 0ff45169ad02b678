import {
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLBoolean,
  GraphQLString,
  Kind,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import type {
  DirectiveNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLEnumType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  SelectionSetNode,
} from "graphql";

/** The values of an operation's variables. */
export type Variables = Readonly<Record<string, unknown>>;

/** Whether `@include` and `@skip` let something in; absent where they say nothing. */
export type Guard = (variables: Variables) => boolean;

/** What must stand at a place of an answer, by the source's own schema. */
export type Shape =
  | {
      readonly kind: "leaf";
      readonly nullable: boolean;
      readonly type: string;
      readonly fits: (value: unknown) => boolean;
    }
  /** The name of the object's type: known already, and never lost, since fetches build on it. */
  | { readonly kind: "typename"; readonly nullable: false; readonly type: string }
  | { readonly kind: "list"; readonly nullable: boolean; readonly item: Shape }
  | { readonly kind: "object"; readonly nullable: boolean; readonly object: ObjectShape };

/** A field that was asked for. */
export interface FieldShape {
  /** Its response key. */
  readonly key: string;
  /** Its name in the schema; `__typename` included. */
  readonly name: string;
  readonly shape: Shape;
  readonly guard: Guard | undefined;
  /** Whether other sources answer this object too, so that its loss here may not erase theirs. */
  readonly shared: boolean;
  /** Whether its value is the key of a person. */
  readonly namesPerson: boolean;
}

/** The fields that were asked for of an object. */
export interface ObjectShape {
  readonly type: string;
  /** Whether `__typename` in the object decides which fields it has. */
  readonly abstract: boolean;
  /** The fields for an object of a type; undefined where the object cannot be of that type. */
  fieldsFor(type: string): readonly FieldShape[] | undefined;
}

/** What shapes are made from. */
export interface ShapeSource {
  readonly schema: GraphQLSchema;
  readonly sharedFields: ReadonlySet<string>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The key of each type whose objects are people; undefined where nobody notes whose rows are read. */
  readonly people?: People | undefined;
}

/** By the type of an object that is a person, the field that tells who. */
export type People = ReadonlyMap<string, string>;

/** A selection set, and when it counts. */
interface GuardedSelection {
  readonly selectionSet: SelectionSetNode;
  readonly guard: Guard | undefined;
}

/** The shape of what a selection on a type answers. Types are worked out when first met, then kept. */
export function shapeObject(
  type: GraphQLCompositeType,
  selections: readonly GuardedSelection[],
  source: ShapeSource,
): ObjectShape {
  const known = new Map<string, readonly FieldShape[] | undefined>();
  const work = (name: string) => {
    const concrete = source.schema.getType(name);
    if (!isObjectType(concrete) || !covers(type, concrete, source.schema)) return undefined;
    return shapeFields(concrete, selections, source);
  };
  return {
    type: type.name,
    abstract: isAbstractType(type),
    fieldsFor(name) {
      if (!known.has(name)) known.set(name, work(name));
      return known.get(name);
    },
  };
}

/** The fields that selections ask of an object type, fragments resolved, each response key once. */
function shapeFields(
  type: GraphQLObjectType,
  selections: readonly GuardedSelection[],
  source: ShapeSource,
): FieldShape[] {
  const asked = new Map<string, { node: FieldNode; guard: Guard | undefined }[]>();
  for (const { selectionSet, guard } of selections)
    collect(type, selectionSet, guard, source, (node, fieldGuard) => {
      const key = node.alias?.value ?? node.name.value;
      asked.set(key, [...(asked.get(key) ?? []), { node, guard: fieldGuard }]);
    });
  return [...asked].map(([key, occurrences]) => {
    const name = occurrences[0]?.node.name.value ?? key;
    const field = type.getFields()[name];
    const inner = occurrences.flatMap(({ node, guard }) =>
      node.selectionSet ? [{ selectionSet: node.selectionSet, guard }] : [],
    );
    return {
      key,
      name,
      shape: field ? shapeValue(field.type, inner, source) : shapeWithoutField(name, type),
      guard: either(occurrences.map(({ guard }) => guard)),
      shared: source.sharedFields.has(`${type.name}.${name}`),
      namesPerson: source.people?.get(type.name) === name,
    };
  });
}

/** Calls `found` for each field that a selection asks of an object of the type. */
function collect(
  type: GraphQLObjectType,
  selectionSet: SelectionSetNode,
  guard: Guard | undefined,
  source: ShapeSource,
  found: (node: FieldNode, guard: Guard | undefined) => void,
): void {
  for (const selection of selectionSet.selections) {
    const inner = both(guard, guardOf(selection.directives));
    if (selection.kind === Kind.FIELD) {
      found(selection, inner);
      continue;
    }
    const fragment =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? source.fragments.get(selection.name.value)
        : selection;
    const condition = fragment?.typeCondition?.name.value;
    const on = condition === undefined ? type : source.schema.getType(condition);
    if (fragment && isCompositeType(on) && covers(on, type, source.schema))
      collect(type, fragment.selectionSet, inner, source, found);
  }
}

function shapeValue(
  type: GraphQLOutputType,
  selections: readonly GuardedSelection[],
  source: ShapeSource,
): Shape {
  const nullable = !isNonNullType(type);
  const bare = getNullableType(type);
  if (isListType(bare))
    return { kind: "list", nullable, item: shapeValue(bare.ofType, selections, source) };
  if (isCompositeType(bare))
    return { kind: "object", nullable, object: shapeObject(bare, selections, source) };
  return { kind: "leaf", nullable, type: bare.name, fits: leafCheck(bare) };
}

/** `__typename`, and fields that the supergraph leaves out of the source's schema. */
function shapeWithoutField(name: string, type: GraphQLObjectType): Shape {
  return name === "__typename"
    ? { kind: "typename", nullable: false, type: type.name }
    : { kind: "leaf", nullable: true, type: "a value", fits: () => true };
}

/** What a leaf may hold in JSON; a scalar of the source's own may hold anything. */
function leafCheck(type: GraphQLScalarType | GraphQLEnumType): (value: unknown) => boolean {
  if (isEnumType(type)) {
    const names = new Set(type.getValues().map(({ name }) => name));
    return (value) => typeof value === "string" && names.has(value);
  }
  switch (type.name) {
    case GraphQLString.name:
      return (value) => typeof value === "string";
    case GraphQLID.name:
      return (value) => typeof value === "string" || Number.isInteger(value);
    case GraphQLInt.name:
      return (value) => Number.isInteger(value);
    case GraphQLFloat.name:
      return (value) => typeof value === "number";
    case GraphQLBoolean.name:
      return (value) => typeof value === "boolean";
    default:
      return () => true;
  }
}

/** Whether every object of type `inner` is one of type `outer`. */
export function covers(
  outer: GraphQLCompositeType,
  inner: GraphQLCompositeType,
  schema: GraphQLSchema,
): boolean {
  return (
    outer === inner || (isAbstractType(outer) && !isUnion(inner) && schema.isSubType(outer, inner))
  );
}

function isUnion(
  type: GraphQLCompositeType,
): type is Extract<GraphQLCompositeType, { getTypes: unknown }> {
  return "getTypes" in type;
}

/** The guard that `@include` and `@skip` of a node make. */
function guardOf(directives: readonly DirectiveNode[] | undefined): Guard | undefined {
  let guard: Guard | undefined;
  for (const directive of directives ?? []) {
    const wanted = directive.name.value === "include";
    if (!wanted && directive.name.value !== "skip") continue;
    const value = directive.arguments?.[0]?.value;
    if (value?.kind === Kind.VARIABLE)
      guard = both(guard, (variables) => (variables[value.name.value] === true) === wanted);
    else if (value?.kind === Kind.BOOLEAN && value.value !== wanted) guard = () => false;
  }
  return guard;
}

function both(a: Guard | undefined, b: Guard | undefined): Guard | undefined {
  return a && b ? (variables) => a(variables) && b(variables) : (a ?? b);
}

/** Asked for where any occurrence is; one without a guard always is. */
function either(guards: readonly (Guard | undefined)[]): Guard | undefined {
  if (guards.includes(undefined)) return undefined;
  return (variables) => guards.some((guard) => guard?.(variables));
}
