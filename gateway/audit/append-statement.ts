import { writeLeaf } from "./entry.ts";
import { appendLeaf, copyRange, hashBytes, hashLeaf } from "./merkle.ts";
import type { CompactRange } from "./merkle.ts";
import type { SealedEntry } from "./seal.ts";
import type { Statements } from "./stored-tree.ts";
import { isStored } from "./tile.ts";

/** The log's end, as an appender knows it. */
export interface LogEnd {
  readonly range: CompactRange;
  /** Milliseconds since 1970 of the newest entry's time; 0 where there is none. */
  readonly lastAt: number;
  /** Its leaf hash; undefined where there is none. */
  readonly lastLeaf: Uint8Array | undefined;
}

/** Whoever appends holds this lock until its transaction ends; the schema's is 19540 too, see local/postgres. */
export const appendLock = "19540, 6";

/**
 * Writes a group of entries after an end, in one statement. Nothing is written where another appender is
 * at work (that `at` then belongs to an end that is none), or where the time is older than five seconds.
 *
 * Hashes travel as one long value for each column: as arrays their escaping would cost more than their
 * making.
 */
const statement = {
  name: "append-to-log",
  text: `
    with turn as materialized (
      select pg_try_advisory_xact_lock(${appendLock})
         and ($1::bigint = 0 or exists (select from log_entry where index = $1 - 1))
         and $2::timestamptz > clock_timestamp() - interval '5 seconds' as mine
    ), entry as (
      insert into log_entry (index, at, kind, agency, purpose, facts, commitment, leaf_hash)
      select $1 + n - 1, $2, kind, agency, purpose, facts,
             substring($7::bytea from 32 * n::int - 31 for 32),
             substring($8::bytea from 32 * n::int - 31 for 32)
        from turn, unnest($3::text[], $4::text[], $5::text[], $6::text[]) with ordinality
               as each (kind, agency, purpose, facts, n)
        where mine
    ), detail as (
      insert into log_detail (index, salt, subject, case_number, more, pin_key, pin_hash)
      select $1 + n - 1, substring($9::bytea from 32 * n::int - 31 for 32),
             subject, case_number, more, pin_key,
             case when pin_key is not null then substring($14::bytea from 32 * n::int - 31 for 32) end
        from turn, unnest($10::text[], $11::text[], $12::text[], $13::text[]) with ordinality
               as each (subject, case_number, more, pin_key, n)
        where mine
    ), node as (
      insert into log_node (level, index, hash)
      select level, index, hash
        from turn, unnest($15::int[], $16::bigint[], $17::bytea[]) as each (level, index, hash)
        where mine
    )
    select mine, clock_timestamp() as now from turn`,
};

export interface Written {
  readonly end: LogEnd;
  /** Milliseconds since 1970 by the database's clock. */
  readonly now: number;
}

/**
 * Writes a group after `end`, at `at` (milliseconds since 1970).
 *
 * @returns undefined where nothing was written, since it was not this appender's turn
 * @throws what PostgreSQL says; `23505` where another appender was faster
 */
export async function writeGroup(
  statements: Statements,
  group: readonly SealedEntry[],
  end: LogEnd,
  at: number,
): Promise<Written | undefined> {
  const range = copyRange(end.range);
  const time = new Date(at).toISOString();
  const nodes: { level: number; index: number; hash: Uint8Array }[] = [];
  const leaves = group.map(({ entry }) => {
    const leaf = hashLeaf(writeLeaf({ ...entry, at: time }));
    appendLeaf(range, leaf, (place, hash) => {
      if (isStored(place)) nodes.push({ ...place, hash });
    });
    return leaf;
  });
  const { rows } = await statements.query<{ mine: boolean; now: Date }>({
    ...statement,
    values: [
      end.range.size,
      time,
      group.map(({ entry }) => entry.kind),
      group.map(({ entry }) => entry.agency),
      group.map(({ entry }) => entry.purpose),
      group.map(({ entry }) => entry.facts),
      Buffer.concat(group.map(({ entry }) => entry.commitment)),
      Buffer.concat(leaves),
      Buffer.concat(group.map(({ detail }) => detail.salt)),
      group.map(({ detail }) => detail.subject),
      group.map(({ detail }) => detail.caseNumber),
      group.map(({ detail }) => detail.more),
      group.map(({ detail }) => detail.pin?.key ?? null),
      Buffer.concat(group.map(({ detail }) => detail.pin?.hash ?? noHash)),
      nodes.map(({ level }) => level),
      nodes.map(({ index }) => index),
      nodes.map(({ hash }) => Buffer.from(hash)),
    ],
  });
  const { mine, now } = rows[0]!;
  if (!mine) return undefined;
  return { end: { range, lastAt: at, lastLeaf: leaves.at(-1) }, now: now.getTime() };
}

const noHash = new Uint8Array(hashBytes);
