import type { Pool } from "pg";
import { onTestFinished } from "vitest";
import { openLog } from "../../../gateway/audit/log.ts";
import type { AuditLog, AuditLogOptions } from "../../../gateway/audit/log.ts";
import { openConnections } from "../../../gateway/database/pool.ts";
import type { PoolOptions } from "../../../gateway/database/pool.ts";
import { createGatewayDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

/** Of the caller's test or file: an empty log. */
export async function createLogDatabase(): Promise<TestDatabase> {
  const database = await createGatewayDatabase();
  onTestFinished(() => database.drop());
  return database;
}

/** Closed when the test ends. */
export function connectTo({ url }: Pick<TestDatabase, "url">, options?: PoolOptions): Pool {
  const connections = openConnections(url, options);
  onTestFinished(() => connections.end());
  return connections;
}

export function startLog(connections: Pool, options: Partial<AuditLogOptions> = {}): AuditLog {
  return openLog({ connections, monotonic: () => performance.now(), ...options });
}
