import DataLoader from "dataloader";
import { sql } from "kysely";
import { LRUCache } from "lru-cache";
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

/** What cases have opened, over all requests and gateways. */
export interface CaseFiles {
  /**
   * Writes down whom a case opens.
   *
   * @returns whether all of them may be; else none is written down
   * @throws {Error} of the database
   */
  open(opening: Opening): Promise<boolean>;
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

export function keepCaseFiles(database: GatewayDatabase): CaseFiles {
  const known = new LRUCache<string, ReadonlySet<string>>({ max: remembered });
  // Those that come while a statement is under way share the next one.
  let running = 0;
  const waiting: (() => void)[] = [];
  const loader = new DataLoader<Opening, boolean>(
    async (openings) => {
      running++;
      try {
        return await openAll(database, openings);
      } finally {
        running--;
        for (const leave of waiting.splice(0)) leave();
      }
    },
    {
      cache: false,
      maxBatchSize: 200,
      batchScheduleFn: (leave) =>
        running > 0 ? void waiting.push(leave) : void setImmediate(leave),
    },
  );
  return {
    async open(opening) {
      // A supervisor's confirmation counts by who opens, so it does not count from memory.
      const id = nameCase(opening);
      const opened = known.get(id);
      if (opened !== undefined && opening.people.every((person) => opened.has(person))) return true;
      const isOpen = await loader.load(opening);
      if (isOpen) known.set(id, new Set([...(known.get(id) ?? []), ...opening.people]));
      return isOpen;
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
  database: GatewayDatabase,
  openings: readonly Opening[],
): Promise<boolean[]> {
  const answers = new Map<Opening, boolean>();
  let rest = openings;
  while (rest.length > 0) {
    const round = new Map<string, Opening>();
    for (const opening of rest)
      if (!round.has(nameCase(opening))) round.set(nameCase(opening), opening);
    const taken = new Set(round.values());
    for (const [opening, isOpen] of await openEach(database, [...taken]))
      answers.set(opening, isOpen);
    rest = rest.filter((opening) => !taken.has(opening));
  }
  return openings.map((opening) => answers.get(opening) === true);
}

/** One statement for many cases, each of which stands in it once. */
async function openEach(
  database: GatewayDatabase,
  openings: readonly Opening[],
): Promise<ReadonlyMap<Opening, boolean>> {
  // In one order for all processes, or two that open the same cases wait for each other for ever.
  const ordered = openings.toSorted((a, b) => (nameCase(a) < nameCase(b) ? -1 : 1));
  const asked = JSON.stringify(
    ordered.map(({ agency, purpose, caseNumber, subject, people, most }) => ({
      ...{ agency, purpose, subject, people, most },
      case_number: caseNumber,
    })),
  );
  const { rows } = await sql<CaseRow>`
    with asked as (
      select * from jsonb_to_recordset(${asked}::jsonb)
        as asked (agency text, purpose text, case_number text, subject text, people text[], most int)
    )
    insert into case_file as kept (agency, purpose, case_number, people)
      select agency, purpose, case_number,
          case when cardinality(people) <= most then people else '{}' end
        from asked
      on conflict (agency, purpose, case_number) do update set people = (
        select case
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
      returning agency, purpose, case_number, people
  `.execute(database);
  const opened = new Map(
    rows.map(({ agency, purpose, case_number: caseNumber, people }) => [
      nameCase({ agency, purpose, caseNumber }),
      new Set(people),
    ]),
  );
  return new Map(
    ordered.map((opening) => {
      const people = opened.get(nameCase(opening));
      return [opening, opening.people.every((person) => people?.has(person) === true)];
    }),
  );
}

interface CaseRow {
  readonly agency: string;
  readonly purpose: string;
  readonly case_number: string;
  readonly people: readonly string[];
}

function nameCase({ agency, purpose, caseNumber }: CaseKey): string {
  // As JSON, since codes may hold any separator.
  return JSON.stringify([agency, purpose, caseNumber]);
}
