import { Kind, parse, print, valueFromASTUntyped, visit } from "graphql";
import type { ASTNode, ConstDirectiveNode, DocumentNode } from "graphql";
import { readPolicies } from "../../schema/policies.ts";
import type { Policies } from "../../schema/policies.ts";
import type { Requirement, Requirements } from "../policy/field-rules.ts";

/** What a supergraph says about who may ask which field. */
export interface PolicyDirectives {
  /** The owners' own policies (`schema/policy.graphql`); undefined where the supergraph knows none. */
  readonly policies: Policies | undefined;
  /** `@authenticated`, `@requiresScopes` and `@policy`, by the coordinate of a field or the name of a type. */
  readonly requirements: Requirements;
  /** The supergraph's text without those three, which `@apollo/federation-internals` refuses to load. */
  readonly sdl: string;
}

function parseSdl(sdl: string, file: string): DocumentNode {
  try {
    return parse(sdl);
  } catch (error) {
    throw new Error(`${file} is not a GraphQL schema: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

const policySpec = "https://lien-thong.vn/spec/policy/";

/** The standard ones, by the identity of their specification. */
const standard = {
  "https://specs.apollo.dev/authenticated": "authenticated",
  "https://specs.apollo.dev/requiresScopes": "requiresScopes",
  "https://specs.apollo.dev/policy": "policy",
} as const;

type Standard = (typeof standard)[keyof typeof standard];

/**
 * Reads the policy directives of a supergraph, whatever names it gives to the standard ones.
 *
 * @param file what an error calls the text
 * @throws {Error} with a sentence where it is no SDL, or a directive is not as its specification has it
 */
export function readPolicyDirectives(sdl: string, file: string): PolicyDirectives {
  const document = parseSdl(sdl, file);
  const links = document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? []).filter(({ name }) => name.value === "link")
      : [],
  );
  const ours = links.some((link) => readUrl(link).startsWith(policySpec));
  const names = readNames(links);
  return {
    policies: ours ? readPolicies(document) : undefined,
    requirements: readRequirements(document, names),
    // Printed anew only where there is something to take away.
    sdl: names.links.size > 0 ? print(withoutStandard(document, names)) : sdl,
  };
}

/** How a supergraph calls the standard directives, and what else came with them. */
interface Names {
  readonly directives: ReadonlyMap<string, Standard>;
  /** Prefixes of the scalars in their arguments, such as `requiresScopes__`. */
  readonly prefixes: readonly string[];
  /** Scalars that are imported by a name of their own. */
  readonly types: ReadonlySet<string>;
  readonly links: ReadonlySet<ConstDirectiveNode>;
}

/** By the specification of `@link`: `as` renames all that is not imported, an import may rename itself. */
function readNames(links: readonly ConstDirectiveNode[]): Names {
  const directives = new Map<string, Standard>();
  const prefixes: string[] = [];
  const types = new Set<string>();
  const taken = new Set<ConstDirectiveNode>();
  for (const link of links) {
    const identity = readUrl(link).replace(/\/v[0-9]+\.[0-9]+\/?$/, "");
    if (!Object.hasOwn(standard, identity)) continue;
    const directive = standard[identity as keyof typeof standard];
    const as = readArgument(link, "as");
    const prefix = typeof as === "string" ? as : directive;
    taken.add(link);
    prefixes.push(`${prefix}__`);
    directives.set(prefix, directive);
    for (const [name, alias] of readImports(link)) {
      if (name === `@${directive}`) directives.set(alias.slice(1), directive);
      else if (!name.startsWith("@")) types.add(alias);
    }
  }
  return { directives, prefixes, types, links: taken };
}

function readImports(link: ConstDirectiveNode): [name: string, alias: string][] {
  const imports = readArgument(link, "import");
  return (Array.isArray(imports) ? imports : []).map((each: unknown) => {
    if (typeof each === "string") return [each, each];
    const { name, as = name } = Object(each) as { name?: unknown; as?: unknown };
    return [String(name), String(as)];
  });
}

function readRequirements(document: DocumentNode, { directives }: Names): Requirements {
  const requirements = new Map<string, Requirement[]>();
  const note = (key: string, node: { readonly directives?: readonly ConstDirectiveNode[] }) => {
    for (const directive of node.directives ?? []) {
      const kind = directives.get(directive.name.value);
      if (kind === undefined) continue;
      const requirement = readRequirement(directive, kind, key);
      requirements.set(key, [...(requirements.get(key) ?? []), requirement]);
    }
  };
  for (const definition of document.definitions) {
    if (!("name" in definition) || !definition.name || !("directives" in definition)) continue;
    note(definition.name.value, definition as never);
    if (!("fields" in definition)) continue;
    for (const field of definition.fields ?? [])
      note(`${definition.name.value}.${field.name.value}`, field);
  }
  return requirements;
}

function readRequirement(
  directive: ConstDirectiveNode,
  kind: Standard,
  where: string,
): Requirement {
  if (kind === "authenticated") return { scopes: null, policies: null };
  const argument = kind === "policy" ? "policies" : "scopes";
  const anyOf = readArgument(directive, argument);
  if (!isListOfLists(anyOf))
    throw new Error(
      `${where} bears @${directive.name.value}, whose "${argument}" must be a list of lists of texts.`,
    );
  return { scopes: null, policies: null, [argument]: anyOf };
}

function withoutStandard(
  document: DocumentNode,
  { directives, prefixes, types, links }: Names,
): DocumentNode {
  const isTheirs = (name: string) =>
    types.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
  return visit(document, {
    [Kind.DIRECTIVE]: (node) =>
      directives.has(node.name.value) || links.has(node as ConstDirectiveNode) ? null : undefined,
    [Kind.DIRECTIVE_DEFINITION]: ({ name }) => (directives.has(name.value) ? null : undefined),
    [Kind.SCALAR_TYPE_DEFINITION]: ({ name }) => (isTheirs(name.value) ? null : undefined),
  });
}

function readUrl(link: ConstDirectiveNode): string {
  const url = readArgument(link, "url");
  return typeof url === "string" ? url : "";
}

function readArgument({ arguments: given = [] }: ConstDirectiveNode, name: string): unknown {
  const value: ASTNode | undefined = given.find((each) => each.name.value === name)?.value;
  return value && valueFromASTUntyped(value);
}

function isListOfLists(value: unknown): value is readonly (readonly string[])[] {
  return (
    Array.isArray(value) &&
    value.every((all) => Array.isArray(all) && all.every((each) => typeof each === "string"))
  );
}
