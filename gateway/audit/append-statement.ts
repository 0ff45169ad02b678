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
 * What ends a text and what stands for none, where a column's texts travel as one: control characters, which
 * none of them holds. As arrays, each to be escaped, they would cost more than all the hashing.
 */
const [textEnd, noText] = ["\u001f", "\u001e"];

/**
 * Writes a group of entries after an end, in one statement; hashes travel end to end. Nothing is written
 * where another appender is at work or was, where the entry before is not there, or where the time is older
 * than five seconds.
 */
const statement = {
  name: "append-to-log",
  text: `
    with turn as materialized (
      select pg_try_advisory_xact_lock(${appendLock})
         and ($1::bigint = 0 or exists (select from log_entry where index = $1 - 1))
         and not exists (select from log_entry where index = $1)
         and $2::timestamptz > clock_timestamp() - interval '5 seconds' as mine
    ), entry as (
      insert into log_entry (index, at, kind, agency, purpose, facts, commitment, leaf_hash)
      select $1 + n - 1, $2, kind, agency, purpose, facts,
             substring($7::bytea from 32 * n::int - 31 for 32),
             substring($8::bytea from 32 * n::int - 31 for 32)
        from turn, unnest(${texts("$3")}, ${texts("$4")}, ${texts("$5")}, ${texts("$6")})
               with ordinality as each (kind, agency, purpose, facts, n)
        where mine and n <= $18
    ), detail as (
      insert into log_detail (index, salt, subject, case_number, more, pin_key, pin_hash)
      select $1 + n - 1, substring($9::bytea from 32 * n::int - 31 for 32),
             subject, case_number, more, pin_key,
             case when pin_key is not null then substring($14::bytea from 32 * n::int - 31 for 32) end
        from turn, unnest(${texts("$10")}, ${texts("$11")}, ${texts("$12")}, ${texts("$13")})
               with ordinality as each (subject, case_number, more, pin_key, n)
        where mine and n <= $18
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
      joinTexts(group, ({ entry }) => entry.kind),
      joinTexts(group, ({ entry }) => entry.agency),
      joinTexts(group, ({ entry }) => entry.purpose),
      joinTexts(group, ({ entry }) => entry.facts),
      Buffer.concat(group.map(({ entry }) => entry.commitment)),
      Buffer.concat(leaves),
      Buffer.concat(group.map(({ detail }) => detail.salt)),
      joinTexts(group, ({ detail }) => detail.subject),
      joinTexts(group, ({ detail }) => detail.caseNumber),
      joinTexts(group, ({ detail }) => detail.more),
      joinTexts(group, ({ detail }) => detail.pin?.key ?? null),
      Buffer.concat(group.map(({ detail }) => detail.pin?.hash ?? noHash)),
      nodes.map(({ level }) => level),
      nodes.map(({ index }) => index),
      nodes.map(({ hash }) => Buffer.from(hash)),
      group.length,
    ],
  });
  const { mine, now } = rows[0]!;
  if (!mine) return undefined;
  return { end: { range, lastAt: at, lastLeaf: leaves.at(-1) }, now: now.getTime() };
}

const noHash = new Uint8Array(hashBytes);

/** The texts of a parameter; after the last one stands an empty one more. */
function texts(parameter: string): string {
  return `string_to_array(${parameter}, E'\\x1f', E'\\x1e')`;
}

function joinTexts(
  group: readonly SealedEntry[],
  textOf: (sealed: SealedEntry) => string | null,
): string {
  let joined = "";
  for (const sealed of group) joined += `${textOf(sealed) ?? noText}${textEnd}`;
  return joined;
}
