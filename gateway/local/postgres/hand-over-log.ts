import { Client, escapeIdentifier } from "pg";

/** Owns the log, and nobody signs in as it. */
const keeper = "lien_thong_keeper";

const tables = ["log_entry", "log_detail", "log_node"] as const;

/**
 * Takes the log from the role of a gateway, which then may add to it and read it, and nothing more; whoever
 * owned its tables could give himself any right on them. May be repeated; the database must be migrated.
 * `gateway/audit/README.md` has the same as SQL, for production.
 *
 * @param adminUrl the superuser's URL
 * @param name of the gateway's database and of its role
 */
export async function handOverLog(adminUrl: string, name: string): Promise<void> {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const admin = new Client({ connectionString: url.href });
  await admin.connect();
  const role = escapeIdentifier(name);
  try {
    const { rowCount } = await admin.query("select from pg_roles where rolname = $1", [keeper]);
    if (rowCount === 0) await admin.query(`create role ${keeper} nologin`);
    await admin.query("begin");
    for (const table of tables) await admin.query(`alter table ${table} owner to ${keeper}`);
    await admin.query(`alter function refuse_change_of_log owner to ${keeper}`);
    await admin.query(`grant select, insert on ${tables.join(", ")} to ${role}`);
    // Who owns the database owns its schema, and could drop what is in it.
    await admin.query(`alter database ${role} owner to ${keeper}`);
    await admin.query(`grant connect, temporary on database ${role} to ${role}`);
    await admin.query(`grant usage, create on schema public to ${role}`);
    await admin.query("commit");
  } finally {
    await admin.end();
  }
}
