import { createHash } from "node:crypto";
import { operationFromDocument } from "@apollo/federation-internals";
import type { Schema } from "@apollo/federation-internals";
import { QueryPlanner } from "@apollo/query-planner";
import type { QueryPlan } from "@apollo/query-planner";
import { getOperationAST, parse } from "graphql";
import type { DocumentNode } from "graphql";
import type { Supergraph } from "./supergraph.ts";

/**
 * Plans kept, those used last. A plan of a large query holds some 100 kB; trusted operations are some
 * dozens, and the rest is for explorers.
 */
const kept = 500;

/** Plans operations, and keeps the plans. */
export interface Plans {
  /** @param hash SHA-256 of the document's text, in hexadecimal digits, as Apollo Server has it */
  find(hash: string, document: DocumentNode, operationName: string | undefined): QueryPlan;
  /** Plans the only operation of a document ahead. */
  warm(text: string): void;
}

export function keepPlans({ composed }: Supergraph, apiSchema: Schema): Plans {
  const planner = new QueryPlanner(composed);
  const plans = new Map<string, QueryPlan>();
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
    const plan = planner.buildQueryPlan(operation);
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
