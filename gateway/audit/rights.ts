import { sql } from "kysely";
import type { GatewayDatabase } from "../database/pool.ts";

/**
 * What the role of these connections may do to the log beyond adding to it and reading it, and what it
 * lacks for that: a sentence each, for an operator. None where all is as README.md has it.
 */
export async function findWrongRights(database: GatewayDatabase): Promise<string[]> {
  const { rows } = await sql<{
    role: string;
    name: string;
    owns: boolean;
    drops: boolean;
    excess: string[];
    lacking: string[];
  }>`
    select current_user::text as role, relname::text as name,
           pg_has_role(relowner, 'usage') as owns,
           pg_has_role(nspowner, 'usage') as drops,
           array(select each from unnest(array['update', 'delete', 'truncate']) as each
                   where has_table_privilege(pg_class.oid, each)) as excess,
           array(select each from unnest(array['select', 'insert']) as each
                   where not has_table_privilege(pg_class.oid, each)) as lacking
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where pg_class.oid in ('log_entry'::regclass, 'log_detail'::regclass, 'log_node'::regclass)
      order by relname
  `.execute(database);
  return rows.flatMap(({ role, name, owns, drops, excess, lacking }) => [
    ...(owns ? [`The role ${role} owns ${name}, and can give itself any right on it.`] : []),
    ...(drops && !owns ? [`The role ${role} owns the schema of ${name}, and can drop it.`] : []),
    ...excess.map((right) => `The role ${role} may ${right} in ${name}.`),
    ...lacking.map((right) => `The role ${role} may not ${right} in ${name}, and must.`),
  ]);
}
