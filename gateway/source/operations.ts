import { chooseKeys } from "./ask-entities.ts";
import { readOperation } from "./operation.ts";
import type { KeyChoice, Operation, PlannedOperation } from "./operation.ts";
import type { Row } from "./read-row.ts";

/**
 * Operations kept for each source, those used last. Trusted operations are some dozens; the rest is
 * room for people who explore, at some 20 kB each.
 */
const kept = 500;

/**
 * Finds the operation for a planner's text, working it out when first met. The planner writes the
 * client's name for its operation into the text (`Dossier__population__0`): the same question under
 * many names is worked out once.
 */
export function keepOperations(
  agreed: Pick<PlannedOperation, "source" | "lookups" | "people">,
): (text: string, representations: readonly Row[]) => Operation {
  const { source } = agreed;
  const byText = new Map<string, Operation>();
  const byQuestion = new Map<string, Operation>();
  const severalKeys = [...source.keys.values()].some((keys) => keys.length > 1);
  return (text, representations) => {
    const choice = severalKeys ? chooseKeys(representations, source) : noChoice;
    const id = choice.size === 0 ? text : `${nameOf(choice)}\n${text}`;
    const known = byText.get(id);
    if (known) {
      keep(byText, id, known);
      return known;
    }
    const question = id.replace(operationName, "$1");
    const operation =
      byQuestion.get(question) ?? readOperation(text, { ...agreed, keyChoice: choice });
    keep(byQuestion, question, operation);
    keep(byText, id, operation);
    return operation;
  };
}

/** Keeps an entry, as the one used last; where that is one too many, the one used longest ago goes. */
function keep(operations: Map<string, Operation>, id: string, operation: Operation): void {
  operations.delete(id);
  operations.set(id, operation);
  const [oldest] = operations.keys();
  if (operations.size > kept && oldest !== undefined) operations.delete(oldest);
}

function nameOf(choice: KeyChoice): string {
  return [...choice].map(([type, key]) => `${type} ${key.text}`).join();
}

const operationName = /^(query|mutation)\s+\w+/m;
const noChoice: KeyChoice = new Map();
