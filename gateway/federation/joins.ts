import { Kind, getNamedType, isAbstractType, isCompositeType, parse } from "graphql";
import type {
  DirectiveNode,
  DocumentNode,
  FieldDefinitionNode,
  GraphQLSchema,
  InterfaceTypeDefinitionNode,
  ObjectTypeDefinitionNode,
  SelectionSetNode,
} from "graphql";

/** The fields of one `@key`, such as `id organization { id }`. */
export interface EntityKey {
  readonly text: string;
  readonly selection: SelectionSetNode;
}

/** The `@join__…` directives of a supergraph: which subgraph has what, and what passes between them. */
export interface Joins {
  /** Values of `join__Graph` (`CIVIL_STATUS`), by name of the source (`civil-status`). */
  readonly graphs: ReadonlyMap<string, string>;
  /** Keys by which a graph resolves entities, by type. */
  keys(graph: string): ReadonlyMap<string, readonly EntityKey[]>;
  /** Every key of a type, in any graph, resolvable or not. */
  keysOfType(type: string): readonly EntityKey[];
  /** `Type.field`s that return objects, that this graph and another one answer, and not `between`. */
  sharedFields(
    graph: string,
    between: ReadonlyMap<string, ReadonlySet<string>>,
  ): ReadonlySet<string>;
  /** `Type.field`s that a graph names as another one's (`@external`). */
  externalFields(graph: string): ReadonlySet<string>;
  /** For each `Type.field` that a graph answers by what others answered (`@requires`), their names. */
  requiredFields(graph: string): ReadonlyMap<string, ReadonlySet<string>>;
  /** The graphs that answer a field of a type. */
  answering(type: string, field: string): readonly string[];
  /** See `Supergraph.fieldsBetweenSources`. */
  fieldsBetweenSources(schema: GraphQLSchema): ReadonlyMap<string, ReadonlySet<string>>;
}

type FieldedType = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

/** Reads them from a supergraph's document, which must have been found to be one. */
export function readJoins(document: DocumentNode): Joins {
  const types = document.definitions.filter(
    (definition): definition is FieldedType =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION,
  );
  const byName = new Map(types.map((type) => [type.name.value, type]));
  const composite = new Set(byName.keys());
  for (const definition of document.definitions)
    if (definition.kind === Kind.UNION_TYPE_DEFINITION) composite.add(definition.name.value);

  const answering = (typeName: string, fieldName: string): readonly string[] => {
    const type = byName.get(typeName);
    const field = type?.fields?.find(({ name }) => name.value === fieldName);
    return type && field ? graphsOf(type, field) : [];
  };
  return {
    graphs: readGraphs(document),
    keys: (graph) =>
      new Map(
        types
          .map((type) => [type.name.value, keysOf(type, graph)] as const)
          .filter(([, keys]) => keys.length > 0),
      ),
    keysOfType: (type) => keysOf(byName.get(type)),
    sharedFields: (graph, between) =>
      new Set(
        types.flatMap((type) =>
          (type.fields ?? [])
            .filter((field) => composite.has(namedType(field)))
            .filter((field) => !between.get(type.name.value)?.has(field.name.value))
            .filter((field) => {
              const graphs = graphsOf(type, field);
              return graphs.length > 1 && graphs.includes(graph);
            })
            .map((field) => `${type.name.value}.${field.name.value}`),
        ),
      ),
    externalFields: (graph) =>
      new Set(
        types.flatMap((type) =>
          (type.fields ?? [])
            .filter((field) =>
              directives(field, "join__field").some(
                (join) => text(join, "graph") === graph && text(join, "external") === "true",
              ),
            )
            .map((field) => `${type.name.value}.${field.name.value}`),
        ),
      ),
    requiredFields: (graph) =>
      new Map(
        types.flatMap((type) =>
          (type.fields ?? []).flatMap((field) => {
            const names = directives(field, "join__field")
              .filter((join) => text(join, "graph") === graph)
              .flatMap((join) => fieldNamesOf(text(join, "requires")));
            return names.length > 0
              ? [[`${type.name.value}.${field.name.value}`, new Set(names)] as const]
              : [];
          }),
        ),
      ),
    answering,
    fieldsBetweenSources: (schema) => fieldsBetweenSources(types, schema),
  };
}

function readGraphs(document: DocumentNode): ReadonlyMap<string, string> {
  const graphs = new Map<string, string>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === "join__Graph")
      for (const value of definition.values ?? [])
        for (const directive of directives(value, "join__graph"))
          graphs.set(text(directive, "name") ?? value.name.value, value.name.value);
  return graphs;
}

/** The keys of a type, those of one graph that it resolves by, or all; each text once. */
function keysOf(type: FieldedType | undefined, graph?: string): EntityKey[] {
  if (type === undefined) return [];
  const texts = directives(type, "join__type")
    .filter((join) => graph === undefined || resolvesIn(join, graph))
    .map((join) => text(join, "key"))
    .filter((key) => key !== undefined);
  return [...new Set(texts)].map((key) => ({ text: key, selection: parseFieldSet(key) }));
}

function resolvesIn(join: DirectiveNode, graph: string): boolean {
  return text(join, "graph") === graph && text(join, "resolvable") !== "false";
}

/** The graphs that answer a field: those it is joined to, or where none is named, all of its type. */
function graphsOf(type: FieldedType, field: FieldDefinitionNode): readonly string[] {
  const joins = directives(field, "join__field").filter((join) => text(join, "graph"));
  const joined =
    joins.length > 0
      ? joins.filter(
          (join) => text(join, "external") !== "true" && text(join, "usedOverridden") !== "true",
        )
      : directives(type, "join__type");
  return [...new Set(joined.map((join) => text(join, "graph") ?? ""))];
}

function fieldsBetweenSources(
  types: readonly FieldedType[],
  schema: GraphQLSchema,
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const note = (typeName: string, field: string) => {
    const type = schema.getType(typeName);
    const names = isAbstractType(type)
      ? [typeName, ...schema.getPossibleTypes(type).map(({ name }) => name)]
      : [typeName];
    for (const name of names) found.set(name, (found.get(name) ?? new Set()).add(field));
  };
  const walk = (typeName: string, { selections }: SelectionSetNode): void => {
    const type = schema.getType(typeName);
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT)
        walk(selection.typeCondition?.name.value ?? typeName, selection.selectionSet);
      if (selection.kind !== Kind.FIELD) continue;
      note(typeName, selection.name.value);
      const field =
        type && "getFields" in type ? type.getFields()[selection.name.value] : undefined;
      const inner = field && getNamedType(field.type);
      if (selection.selectionSet && isCompositeType(inner))
        walk(inner.name, selection.selectionSet);
    }
  };
  for (const type of types) {
    for (const join of directives(type, "join__type")) {
      const key = text(join, "key");
      if (key !== undefined) walk(type.name.value, parseFieldSet(key));
    }
    for (const field of type.fields ?? [])
      for (const join of directives(field, "join__field")) {
        const requires = text(join, "requires");
        if (requires !== undefined) walk(type.name.value, parseFieldSet(requires));
        const provides = text(join, "provides");
        if (provides !== undefined) walk(namedType(field), parseFieldSet(provides));
      }
  }
  return found;
}

/** The fields at the top of a field set: `id` and `organization` of `id organization { id }`. */
function fieldNamesOf(fieldSet: string | undefined): string[] {
  if (fieldSet === undefined) return [];
  const named = ({ selections }: SelectionSetNode): string[] =>
    selections.flatMap((selection) => {
      if (selection.kind === Kind.FIELD) return [selection.name.value];
      return selection.kind === Kind.INLINE_FRAGMENT ? named(selection.selectionSet) : [];
    });
  return named(parseFieldSet(fieldSet));
}

/** The selection that a field set such as `id organization { id }` stands for. */
function parseFieldSet(text: string): SelectionSetNode {
  const [operation] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION)
    throw new Error(`"${text}" is not a set of fields.`);
  return operation.selectionSet;
}

/** Directives of a name on a node. */
export function directives(
  node: { readonly directives?: readonly DirectiveNode[] | undefined },
  name: string,
): DirectiveNode[] {
  return (node.directives ?? []).filter((directive) => directive.name.value === name);
}

/** An argument of a directive as text: of a string, an enum value or a boolean. */
export function text(directive: DirectiveNode, argument: string): string | undefined {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value;
  if (value?.kind === Kind.STRING || value?.kind === Kind.ENUM) return value.value;
  return value?.kind === Kind.BOOLEAN ? String(value.value) : undefined;
}

function namedType({ type }: FieldDefinitionNode): string {
  let node = type;
  while (node.kind !== Kind.NAMED_TYPE) node = node.type;
  return node.name.value;
}
