import { Kind, print, stripIgnoredCharacters, visit } from "graphql";
import type {
  ASTNode,
  DirectiveNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionNode,
  VariableDefinitionNode,
} from "graphql";
import type { Variables } from "./shape.ts";

/** An operation as it is sent. */
export interface OperationText {
  /** Its text, as a JSON string. */
  readonly query: string;
  /** Names of the variables that it uses. */
  readonly variables: readonly string[];
  /** Whether it changes nothing, so that it may be asked twice. */
  readonly reads: boolean;
}

/**
 * Writes selections as an operation without a name, so that a client's names multiply nothing. Of the
 * variables and fragments it has those that the selections use: a server refuses unused ones.
 */
export function writeOperation(
  operation: Pick<OperationDefinitionNode, "operation" | "directives">,
  selections: readonly SelectionNode[],
  variables: readonly VariableDefinitionNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): OperationText {
  const used = findUses(selections, operation.directives ?? [], fragments);
  const variableDefinitions = variables.filter(({ variable }) =>
    used.variables.has(variable.name.value),
  );
  const text = print({
    kind: Kind.DOCUMENT,
    definitions: [
      {
        ...operation,
        kind: Kind.OPERATION_DEFINITION,
        variableDefinitions,
        selectionSet: { kind: Kind.SELECTION_SET, selections },
      },
      ...used.fragments,
    ],
  });
  return {
    query: JSON.stringify(stripIgnoredCharacters(text)),
    variables: variableDefinitions.map(({ variable }) => variable.name.value),
    reads: operation.operation === "query",
  };
}

/** The values of the variables that an operation uses; one that has none is left out. */
export function pickVariables(names: readonly string[], variables: Variables): Variables {
  const picked: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(variables, name)) picked[name] = variables[name];
  return picked;
}

function findUses(
  selections: readonly SelectionNode[],
  directives: readonly DirectiveNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): { variables: Set<string>; fragments: Set<FragmentDefinitionNode> } {
  const variables = new Set<string>();
  const used = new Set<FragmentDefinitionNode>();
  const look = (node: ASTNode): void => {
    visit(node, {
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || used.has(fragment)) return;
        used.add(fragment);
        look(fragment);
      },
    });
  };
  [...selections, ...directives].forEach(look);
  return { variables, fragments: used };
}
