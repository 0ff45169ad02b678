import { Kind, isInterfaceType, isObjectType, parse } from "graphql";
import type { DocumentNode, GraphQLSchema } from "graphql";
import { readPolicies, spellOutPolicies } from "./policies.ts";
import type { FieldPolicy, Policies } from "./policies.ts";
import type { Purpose } from "./purpose.ts";
import type { Sector } from "./sectors.ts";

/** A field whose policy nobody could apply, or which has none. */
export interface PolicyFault {
  /** Such as `Citizen.fullName`. */
  readonly coordinate: string;
  /** What is wrong with it and what to do: the rest of a sentence that the coordinate begins. */
  readonly fault: string;
}

/**
 * Holds the policies of a composed supergraph against the schema that clients see and the list of
 * purposes. A field without a policy is closed to everybody, so that a gateway would be safe without
 * this; but its owner must have said so.
 */
export function findPolicyFaults(
  supergraph: DocumentNode,
  apiSchema: GraphQLSchema,
  purposes: ReadonlyMap<string, Purpose>,
): PolicyFault[] {
  const policies = readPolicies(supergraph);
  const needs = readNeeds(supergraph);
  return [...listFields(apiSchema)].flatMap(({ coordinate, type, siblings }) => {
    const policy = policies.get(coordinate);
    const faults = policy
      ? [
          ...findContradictions(policy),
          ...findUnknownPurposes(policy, purposes),
          ...findMissingNeighbour(policy, siblings),
          ...findClosedNeeds(policy, type, needs.get(coordinate) ?? [], policies),
        ]
      : [
          'has no policy: write @open(to: "…", ground: "…") behind it, or @impersonal where it says nothing about a person.',
        ];
    return faults.map((fault) => ({ coordinate, fault }));
  });
}

/**
 * Fields that several owners answer and of which they say different things. Composed, the widest of their
 * words would hold, and one owner could open what is another's too.
 */
export function findDisagreements(
  sectors: readonly Pick<Sector, "name" | "typeDefs">[],
): PolicyFault[] {
  const words = new Map<string, { readonly owner: string; readonly policy: FieldPolicy }>();
  const faults: PolicyFault[] = [];
  for (const { name, typeDefs } of sectors)
    for (const [coordinate, policy] of readPolicies(spellOutPolicies(typeDefs))) {
      const other = words.get(coordinate);
      words.set(coordinate, other ?? { owner: name, policy });
      if (other && JSON.stringify(other.policy) !== JSON.stringify(policy))
        faults.push({
          coordinate,
          fault: `is opened otherwise by ${other.owner} than by ${name}: have one of them speak, or both alike.`,
        });
    }
  return faults;
}

function* listFields(schema: GraphQLSchema) {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__") || !(isObjectType(type) || isInterfaceType(type))) continue;
    const siblings = Object.keys(type.getFields());
    for (const name of siblings)
      yield { coordinate: `${type.name}.${name}`, type: type.name, siblings };
  }
}

function* findContradictions({ impersonal, openings, sensitive }: FieldPolicy): Generator<string> {
  if (impersonal && openings.length > 0)
    yield "is @impersonal and opened for purposes; it can be one of them.";
  if (impersonal && sensitive) yield "is @impersonal and @sensitive; it can be one of them.";
  if (!impersonal && openings.length === 0)
    yield 'is told closed by no line of its own: write @open(to: "", ground: "…") to close it to everybody.';
  for (const { to, thirdParty, ground } of openings) {
    if (ground === "") yield "is opened without a ground: name the act and its article.";
    for (const code of thirdParty)
      if (!to.includes(code))
        yield `is opened to "${code}" of third parties and not of the citizen asked about; name it in "to" as well.`;
  }
}

function* findUnknownPurposes(
  { openings }: FieldPolicy,
  purposes: ReadonlyMap<string, Purpose>,
): Generator<string> {
  const named = new Set(openings.flatMap(({ to, thirdParty }) => [...to, ...thirdParty]));
  for (const code of named)
    if (!purposes.has(code))
      yield `is opened for "${code}", which is no purpose of purposes.json: ${[...purposes.keys()].join(", ")}.`;
}

function* findMissingNeighbour(
  { predicateOf }: FieldPolicy,
  siblings: readonly string[],
): Generator<string> {
  if (predicateOf !== undefined && !siblings.includes(predicateOf))
    yield `answers about "${predicateOf}", and its type has no such field.`;
}

/**
 * What another owner must be asked first (`@requires`) must be open wherever the field is: that owner
 * would refuse the question, and the field be lost.
 */
function* findClosedNeeds(
  { openings }: FieldPolicy,
  type: string,
  needs: readonly string[],
  policies: Policies,
): Generator<string> {
  for (const need of needs) {
    const needed = policies.get(`${type}.${need}`);
    if (needed?.impersonal) continue;
    const open = new Set(needed?.openings.flatMap(({ to }) => to));
    for (const code of new Set(openings.flatMap(({ to }) => to)))
      if (!open.has(code))
        yield `is opened for "${code}" and needs ${type}.${need}, which its owner keeps closed for that purpose: ask him to open it.`;
  }
}

/** Names of the fields that each field needs of other owners, by coordinate. */
function readNeeds(supergraph: DocumentNode): ReadonlyMap<string, readonly string[]> {
  const needs = new Map<string, readonly string[]>();
  for (const type of supergraph.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const field of type.fields ?? []) {
      const sets = (field.directives ?? [])
        .filter(({ name }) => name.value === "join__field")
        .flatMap((join) => join.arguments ?? [])
        .filter(({ name }) => name.value === "requires")
        .map(({ value }) => (value.kind === Kind.STRING ? value.value : ""));
      if (sets.length > 0)
        needs.set(`${type.name.value}.${field.name.value}`, sets.flatMap(readTopFields));
    }
  }
  return needs;
}

/** Names of the fields of the entity itself in a field set; those within them have the same owner. */
function readTopFields(fieldSet: string): string[] {
  const [operation] = parse(`{${fieldSet}}`).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return [];
  return operation.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? [selection.name.value] : [],
  );
}
