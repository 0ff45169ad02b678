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
  return parse(readFileSync(new URL("./gateway.graphql", import.meta.url), "utf8"));
}
