import { sql } from "kysely";
import { LRUCache } from "lru-cache";
import type { Pool } from "pg";
import type { AwaitCompany } from "../database/company.ts";
import type { GatewayDatabase } from "../database/pool.ts";

/** A case file, as an agency counts them: each purpose has its own. */
export interface CaseKey {
  readonly agency: string;
  readonly purpose: string;
  readonly caseNumber: string;
}

/** People that a request is about to look up for a case. */
export interface Opening extends CaseKey {
  /** Who opens it, as the issuer names the person. */
  readonly subject: string;
  /** The unit whose business it must be; undefined where that does not matter. */
  readonly unit: string | undefined;
  /** Hashes of their personal numbers, each once. */
  readonly people: readonly string[];
  /** How many people the case may open without a supervisor's confirmation, from 1. */
  readonly most: number;
}

/** A question whose answer tells something of what is closed. */
export interface Question extends CaseKey {
  /** Hash of the personal number of whom it is about. */
  readonly person: string;
  /** Equal questions have equal texts. */
  readonly text: string;
}

/** A supervisor's word that a case may open more people than its purpose has. */
export interface Confirmation extends CaseKey {
  readonly people: number;
  readonly reason: string;
  readonly confirmedBy: string;
}

/** Whether a case opens people; where not, none of them is written down. */
export type Opened = "open" | "too-many-people" | "another-unit";

/** What cases have opened, over all requests and gateways. */
export interface CaseFiles {
  /**
   * Writes down whom a case opens. It belongs to the unit that opens it first.
   *
   * @throws {Error} of the database
   */
  open(opening: Opening): Promise<Opened>;
  /**
   * Writes down what is asked about a person for a case.
   *
   * @param most different questions about one person
   * @returns whether it may be answered
   * @throws {Error} of the database
   */
  ask(question: Question, most: number): Promise<boolean>;
  /** Writes down a confirmation in the place of an earlier one. @throws {Error} of the database */
  confirm(confirmation: Confirmation): Promise<void>;
}

/** Cases that are remembered as open, so that a page that is loaded again asks nothing of the database. */
const remembered = 20_000;

/** Requests of one statement at most. */
const largestGroup = 200;

/** An opening and the name of its case, put together once. */
interface Named {
  readonly opening: Opening;
  readonly name: string;
}

interface Waiting {
  readonly named: Named;
  readonly resolve: (opened: Opened) => void;
  readonly reject: (error: unknown) => void;
}

export interface CaseFilesOptions {
  readonly database: GatewayDatabase;
  /** To the same database, for the statement that PostgreSQL is to prepare once. */
  readonly connections: Pick<Pool, "query">;
  /** Waits for those who come at the same time, to share a statement. */
  readonly awaitCompany: AwaitCompany;
}

/** Keeps the files in the gateway's database. Those that come while a statement is under way share the next one. */
export function keepCaseFiles({
  database,
  connections,
  awaitCompany,
}: CaseFilesOptions): CaseFiles {
  const known = new LRUCache<string, ReadonlySet<string>>({ max: remembered });
  const waiting: Waiting[] = [];
  const countWaiting = () => waiting.length;
  let running = false;

  async function openWaiting(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      await awaitCompany(countWaiting);
      const group = waiting.splice(0, largestGroup);
      try {
        const named = group.map((each) => each.named);
        const opened = await openAll(connections, named);
        for (const [place, { resolve }] of group.entries()) resolve(opened[place]!);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = false;
  }

  const load = (named: Named) =>
    new Promise<Opened>((resolve, reject) => {
      waiting.push({ named, resolve, reject });
      if (!running) void openWaiting();
    });

  return {
    async open(opening) {
      const name = nameCase(opening);
      // Of another unit it is another question.
      const id = opening.unit === undefined ? name : `${name} ${opening.unit}`;
      const before = known.get(id);
      if (before !== undefined && opening.people.every((person) => before.has(person)))
        return "open";
      const opened = await load({ opening, name });
      if (opened === "open") known.set(id, new Set([...(known.get(id) ?? []), ...opening.people]));
      return opened;
    },

    async ask({ agency, purpose, caseNumber, person, text }, most) {
      const { rows } = await sql<{ questions: readonly string[] }>`
        insert into case_question as kept (agency, purpose, case_number, person, questions)
          values (${agency}, ${purpose}, ${caseNumber}, ${person}, ${[text]}::text[])
          on conflict (agency, purpose, case_number, person) do update set questions =
            case
              when ${text}::text = any (kept.questions) or cardinality(kept.questions) >= ${most}
                then kept.questions
              else kept.questions || ${text}::text
            end
          returning questions
      `.execute(database);
      return rows[0]?.questions.includes(text) === true;
    },

    async confirm({ agency, purpose, caseNumber, people, reason, confirmedBy }) {
      await sql`
        insert into case_file
            (agency, purpose, case_number, people, confirmed, confirmed_by, confirmed_reason, confirmed_at)
          values (${agency}, ${purpose}, ${caseNumber}, '{}', ${people}, ${confirmedBy}, ${reason}, now())
          on conflict (agency, purpose, case_number) do update set
            confirmed = excluded.confirmed,
            confirmed_by = excluded.confirmed_by,
            confirmed_reason = excluded.confirmed_reason,
            confirmed_at = excluded.confirmed_at
      `.execute(database);
    },
  };
}

/**
 * Opens people for cases. Two requests for one case are told one after the other: each must see what the one
 * before it has opened.
 */
async function openAll(
  connections: Pick<Pool, "query">,
  openings: readonly Named[],
): Promise<Opened[]> {
  const answers = new Map<Named, Opened>();
  let rest = openings;
  while (rest.length > 0) {
    const round = new Map<string, Named>();
    const later: Named[] = [];
    for (const each of rest)
      if (round.has(each.name)) later.push(each);
      else round.set(each.name, each);
    // In one order for all processes, or two that open the same cases wait for each other for ever.
    const ordered = [...round.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const opened = await openEach(connections, ordered);
    for (const [place, each] of ordered.entries()) answers.set(each, outcomes[opened[place]!]!);
    rest = later;
  }
  return openings.map((each) => answers.get(each)!);
}

/** The letters by which the statement tells how each opening ended. */
const outcomes: Readonly<Record<string, Opened>> = {
  o: "open",
  p: "too-many-people",
  u: "another-unit",
};

/** Opens many cases, each of which stands in it once; tells a letter for each, in their order. */
const statement = {
  name: "open-cases",
  text: `
    with asked as (
      select *
        from rows from (
          jsonb_to_recordset($1::jsonb) as (agency text, purpose text, case_number text, subject text,
            unit text, people text[], most int)
        ) with ordinality
          as asked (agency, purpose, case_number, subject, unit, people, most, place)
    ), opened as (
      insert into case_file as kept (agency, purpose, case_number, unit, people)
        select agency, purpose, case_number, unit,
            case when cardinality(people) <= most then people else '{}' end
          from asked
          order by place
        on conflict (agency, purpose, case_number) do update set (unit, people) = (
          select coalesce(kept.unit, asked.unit), case
              when kept.unit <> asked.unit then kept.people
              when cardinality(together) <= greatest(
                asked.most,
                case when kept.confirmed_by <> asked.subject then kept.confirmed end
              ) then together
              else kept.people
            end
          from asked, lateral (
            select array(select unnest(kept.people) union select unnest(asked.people)) as together
          ) as joined
          where (asked.agency, asked.purpose, asked.case_number)
            = (kept.agency, kept.purpose, kept.case_number)
        )
        returning agency, purpose, case_number, unit, people
    )
    select string_agg(
        case
          when opened.unit <> asked.unit then 'u'
          when opened.people @> asked.people then 'o'
          else 'p'
        end,
        '' order by place
      ) as letters
      from asked join opened using (agency, purpose, case_number)`,
};

async function openEach(
  connections: Pick<Pool, "query">,
  openings: readonly Named[],
): Promise<string> {
  const asked = openings.map(
    ({ opening: { agency, purpose, caseNumber, subject, unit, people, most } }) => ({
      ...{ agency, purpose, subject, unit, people, most },
      case_number: caseNumber,
    }),
  );
  const { rows } = await connections.query<{ letters: string }>({
    ...statement,
    values: [JSON.stringify(asked)],
  });
  const { letters } = rows[0]!;
  if (letters.length !== openings.length)
    throw new Error(`Of ${openings.length} cases the database tells ${letters.length}.`);
  return letters;
}

function nameCase({ agency, purpose, caseNumber }: CaseKey): string {
  // As JSON, since codes may hold any separator.
  return JSON.stringify([agency, purpose, caseNumber]);
}
