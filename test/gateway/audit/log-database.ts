import { createSecretKey } from "node:crypto";
import type { Pool } from "pg";
import { onTestFinished } from "vitest";
import { describeAccess } from "../../../gateway/audit/entry.ts";
import type { Access, Entry } from "../../../gateway/audit/entry.ts";
import { openLog } from "../../../gateway/audit/log.ts";
import type { AuditLog, AuditLogOptions } from "../../../gateway/audit/log.ts";
import { hashPin } from "../../../gateway/audit/pin-hash.ts";
import type { PinKey } from "../../../gateway/audit/pin-hash.ts";
import { openConnections } from "../../../gateway/database/pool.ts";
import type { PoolOptions } from "../../../gateway/database/pool.ts";
import { parsePin } from "../../../schema/values/pin.ts";
import { createGatewayDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

export const keyOf2026: PinKey = { id: "2026", secret: createSecretKey(Buffer.alloc(32, 26)) };

/** Access to the data of a person: one of a million. */
export function accessTo(person: number, told: Partial<Access> = {}): Entry {
  return describeAccess({
    requestId: `request-${person}`,
    subject: "officer-lan",
    agency: "H29.01",
    purpose: "marital-status-certificate",
    caseNumber: `HS-${person}/2026`,
    operation: "d2f9a1c07b6e4853",
    fields: ["Citizen.fullName", "Citizen.birthDate"],
    pin: hashPin(keyOf2026, parsePin(`001190${String(person).padStart(6, "0")}`)),
    sources: [{ name: "population", status: "FRESH", asOf: "2026-11-25T07:00:00.000Z" }],
    outcome: "answered",
    units: [{ source: "population", lane: "counter", day: "2026-11-25", units: 1 }],
    ...told,
  });
}

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
