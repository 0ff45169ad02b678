import { readFileSync } from "node:fs";
import { parse } from "graphql";
import type { DocumentNode } from "graphql";

/**
 * The gateway's own part of the supergraph: what it knows of its sources. It answers that itself, so its
 * address leads nowhere.
 */
export const gatewaySubgraph = { name: "gateway", url: "local:gateway" } as const;

/** Its SDL. */
export function readGatewaySchema(): DocumentNode {
  const read = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");
  return parse(`${read("./gateway.graphql")}\n${read("./policy.graphql")}`);
}
