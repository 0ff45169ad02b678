import { createHash } from "node:crypto";
import { operationFromDocument } from "@apollo/federation-internals";
import type { Schema } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import type { QueryPlan } from "@apollo/query-planner";
import { Kind, getOperationAST, isObjectType, parse } from "graphql";
import type { DocumentNode, OperationDefinitionNode } from "graphql";
import type { ObjectShape, shapeObject } from "../source/shape.ts";
import type { Supergraph } from "./supergraph.ts";

/**
 * Plans kept, those used last. A plan of a large query holds some 100 kB; trusted operations are some
 * dozens, and the rest is for explorers.
 */
const kept = 500;

/** An operation's plan, and what else does not change from one request to the next. */
export interface Plan {
  readonly plan: QueryPlan;
  /**
   * What the executor is told of the operation. It would read the whole of it anew for each request, only
   * to shape the answer by it, which is done by `answer`: so it is told the variables alone.
   */
  readonly operation: OperationDefinitionNode;
  /** The shape of the answer; undefined where the operation asks about the schema, which the executor knows. */
  readonly answer: ObjectShape | undefined;
}

/** Plans operations, and keeps the plans. */
export interface Plans {
  /** @param hash SHA-256 of the document's text, in hexadecimal digits, as Apollo Server has it */
  find(hash: string, document: DocumentNode, operationName: string | undefined): Plan;
  /** Plans the only operation of a document ahead. */
  warm(text: string): void;
}

/** @param shape makes the shape of a selection; handed in because a room asks no other one */
export function keepPlans(
  supergraph: Supergraph,
  apiSchema: Schema,
  shape: typeof shapeObject,
): Plans {
  const planner = new QueryPlanner(supergraph.composed);
  const plans = new Map<string, Plan>();
  const find: Plans["find"] = (hash, document, operationName) => {
    const id = operationName === undefined ? hash : `${hash} ${operationName}`;
    const known = plans.get(id);
    if (known) {
      // Moved to the end, so that what explorers ask once does not push out what everybody asks.
      plans.delete(id);
      plans.set(id, known);
      return known;
    }
    const operation = operationFromDocument(
      apiSchema,
      document,
      operationName ? { operationName } : {},
    );
    const plan = {
      plan: planner.buildQueryPlan(operation),
      ...describeAnswer(document, operationName, supergraph, shape),
    };
    plans.set(id, plan);
    const [oldest] = plans.keys();
    if (plans.size > kept && oldest !== undefined) plans.delete(oldest);
    return plan;
  };
  return {
    find,
    warm(text) {
      const document = parse(text);
      const named = getOperationAST(document)?.name?.value;
      const hash = createHash("sha256").update(text).digest("hex");
      find(hash, document, named);
    },
  };
}

const typenameAlone = {
  kind: Kind.SELECTION_SET,
  selections: [{ kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } }],
} as const;

function describeAnswer(
  document: DocumentNode,
  operationName: string | undefined,
  { apiSchema }: Supergraph,
  shape: typeof shapeObject,
): Omit<Plan, "plan"> {
  const operation = getOperationAST(document, operationName);
  const root = operation && apiSchema.getRootType(operation.operation);
  if (!operation || !isObjectType(root)) throw new Error("Only what the schema holds is planned.");
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const answer = shape(root, [{ selectionSet: operation.selectionSet, guard: undefined }], {
    schema: apiSchema,
    sharedFields: new Set(),
    fragments,
  });
  const asksAboutSchema = answer
    .fieldsFor(root.name)
    ?.some(({ name }) => name === "__schema" || name === "__type");
  return asksAboutSchema
    ? { operation, answer: undefined }
    : { operation: { ...operation, selectionSet: typenameAlone }, answer };
}
