import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { inject, onTestFinished } from "vitest";
import { migrate } from "../../gateway/database/migrate.ts";
import { openPool } from "../../gateway/database/pool.ts";
import { openDatabase } from "../../subgraphs/kit/database.ts";
import type { Migrations } from "../../subgraphs/kit/database.ts";
import { prepareDatabase } from "../../subgraphs/kit/start.ts";

export interface TestDatabase {
  readonly url: string;
  /** Ends all its sessions, then drops it. */
  drop(): Promise<void>;
}

/**
 * Makes a database for one test file, migrated and with the default administrative units, as a copy
 * of a template that the first file of the run to ask makes.
 */
export async function createDatabase(sector: {
  readonly name: string;
  readonly migrations: Migrations;
}): Promise<TestDatabase> {
  return copyTemplate(sector.name.replaceAll("-", "_"), async (url) => {
    const database = openDatabase(url);
    try {
      await prepareDatabase(database, sector);
    } finally {
      await database.destroy();
    }
  });
}

/** As `createDatabase`: the gateway's own, migrated and empty. */
export function createGatewayDatabase(): Promise<TestDatabase> {
  return copyTemplate("gateway", async (url) => {
    const database = openPool(url);
    try {
      await migrate(database);
    } finally {
      await database.destroy();
    }
  });
}

async function copyTemplate(
  key: string,
  prepare: (url: string) => Promise<void>,
): Promise<TestDatabase> {
  const name = `${key}_${randomBytes(6).toString("hex")}`;
  await asAdmin(async (admin) => {
    await ensureTemplate(admin, `template_${key}`, prepare);
    await admin.query(`create database ${name} template template_${key}`);
  });
  const drop = () => asAdmin((admin) => admin.query(`drop database if exists ${name} (force)`));
  return { url: urlOf(name), drop: async () => void (await drop()) };
}

/** As `createDatabase`, empty, and gone when the test ends. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const name = `empty_${randomBytes(6).toString("hex")}`;
  await asAdmin((admin) => admin.query(`create database ${name}`));
  const drop = async () => {
    await asAdmin((admin) => admin.query(`drop database if exists ${name} (force)`));
  };
  onTestFinished(drop);
  return { url: urlOf(name), drop };
}

/** Runs SQL as the cluster's superuser. */
export async function asAdmin<T>(work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: inject("clusterUrl") });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** Test files run in processes of their own, so the lock that makes one wait is the database's. */
async function ensureTemplate(
  admin: Client,
  template: string,
  prepare: (url: string) => Promise<void>,
): Promise<void> {
  await admin.query("select pg_advisory_lock(hashtext($1))", [template]);
  const known = await admin.query("select from pg_database where datname = $1", [template]);
  if (known.rowCount === 0) {
    const draft = `${template}_draft`;
    await admin.query(`create database ${draft}`);
    await prepare(urlOf(draft));
    await admin.query(`alter database ${draft} rename to ${template}`);
  }
  await admin.query("select pg_advisory_unlock(hashtext($1))", [template]);
}

function urlOf(database: string): string {
  return inject("clusterUrl").replace(/\/postgres$/, `/${database}`);
}
