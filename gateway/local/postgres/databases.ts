import { Client, escapeIdentifier, escapeLiteral } from "pg";
import type { Credentials } from "./credentials.ts";
import { generatePassword } from "./credentials.ts";

// Contained in the template, so every database has them from birth, the tests' own included.
const EXTENSIONS = ["pg_trgm", "unaccent", "btree_gist"];

// Held by whoever makes databases; beside the cluster's own lock, which is (19540, 1).
const LOCK = "(19540, 2)";

const DATABASE_NAME = /^[a-z][a-z0-9_]{0,62}$/;

/** @throws a sentence for the first name that SQL would need to have quoted */
export function checkDatabaseNames(names: readonly string[]): void {
  for (const name of names) {
    if (DATABASE_NAME.test(name) && name !== "postgres") continue;
    throw new Error(
      `"${name}" cannot name an embedded database. ` +
        `Use lower-case letters, digits and _, beginning with a letter, and not "postgres".`,
    );
  }
}

/** The URL of `role` to the database of the same name. */
export function buildUrl(role: string, password: string, port: number): string {
  return `postgres://${role}:${password}@127.0.0.1:${port}/${role}`;
}

/** Adds a password for each name that has none yet. */
export function addPasswords<Name extends string>(
  credentials: Credentials,
  names: readonly Name[],
): Credentials & { readonly roles: Readonly<Record<Name, string>> } {
  const own = Object.fromEntries(
    names.map((name) => [name, credentials.roles[name] ?? generatePassword()]),
  ) as Record<Name, string>;
  return { ...credentials, roles: { ...credentials.roles, ...own } };
}

/**
 * Makes what is missing of one database and one login role a name. A role owns its database and can
 * connect to no other, as the ministries' servers would be strangers to one another.
 *
 * Every step may be repeated, so a start that was killed half-way is finished by the next one.
 */
export async function createDatabases(
  adminUrl: string,
  names: readonly string[],
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const missing = await withSession(adminUrl, (admin) => findMissing(admin, names));
  if (missing.roles.length + missing.databases.length + missing.closed.length === 0) return;
  await withSession(adminUrl.replace(/\/postgres$/, "/template1"), async (template) => {
    for (const name of EXTENSIONS) await template.query(`create extension if not exists ${name}`);
  });
  await withSession(adminUrl, async (admin) => {
    for (const name of missing.roles) {
      const password = escapeLiteral(passwords[name] ?? "");
      await admin.query(`create role ${escapeIdentifier(name)} login password ${password}`);
    }
    for (const name of missing.databases) {
      const quoted = escapeIdentifier(name);
      await admin.query(`create database ${quoted} owner ${quoted}`);
    }
    for (const name of missing.closed) {
      await admin.query(`revoke all on database ${escapeIdentifier(name)} from public`);
    }
  });
}

/** Roles and databases that are not there, and databases that are not yet closed to strangers. */
async function findMissing(admin: Client, names: readonly string[]) {
  const { rows } = await admin.query<{
    name: string;
    role: boolean;
    database: boolean;
    closed: boolean;
  }>(
    `select name,
            rolname is not null as role,
            datname is not null as database,
            coalesce(not has_database_privilege('public', pg_database.oid, 'connect'), false) as closed
       from unnest($1::text[]) as name
       left join pg_roles on rolname = name
       left join pg_database on datname = name`,
    [[...names, "postgres", "template1"]],
  );
  const without = (what: "role" | "database" | "closed") =>
    rows.filter((row) => !row[what]).map((row) => row.name);
  return {
    roles: without("role").filter((name) => names.includes(name)),
    databases: without("database"),
    closed: without("closed"),
  };
}

/**
 * Runs `work` in a session of its own, after those of makers who were killed: the server notices that
 * a client is gone only when its statement is done, and that one may be making the same database.
 */
async function withSession<T>(url: string, work: (session: Client) => Promise<T>): Promise<T> {
  const session = new Client({ connectionString: url });
  // A lost connection fails the statement that waits for it; nobody else need hear of it.
  session.on("error", () => undefined);
  await session.connect();
  try {
    await session.query(`select pg_advisory_lock${LOCK}`);
    return await work(session);
  } finally {
    await session.end();
  }
}
