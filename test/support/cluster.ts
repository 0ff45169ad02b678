import type { TestProject } from "vitest/node";
import { startEmbeddedPostgres } from "../../gateway/local/embedded-postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The superuser's URL of the run's PostgreSQL cluster, to the database `postgres`. */
    readonly clusterUrl: string;
  }
}

/** Starts the run's one PostgreSQL cluster; what it holds goes when the run ends. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startEmbeddedPostgres({ dataDirectory: "memory", databases: [] });
  project.provide("clusterUrl", cluster.adminUrl);
  return () => cluster.stop();
}
