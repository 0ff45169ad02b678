import DataLoader from "dataloader";
import { LRUCache } from "lru-cache";
import type { Pool } from "pg";

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

/** Where they are kept. Statements have names, so that PostgreSQL plans each once a connection. */
type Statements = Pick<Pool, "query">;

export function keepCaseFiles(statements: Statements): CaseFiles {
  const known = new LRUCache<string, ReadonlySet<string>>({ max: remembered });
  // Those that come while a statement is under way share the next one.
  let running = 0;
  const waiting: (() => void)[] = [];
  const loader = new DataLoader<Opening, Opened>(
    async (openings) => {
      running++;
      try {
        return await openAll(statements, openings);
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
      const id = JSON.stringify([nameCase(opening), opening.unit]);
      const before = known.get(id);
      if (before !== undefined && opening.people.every((person) => before.has(person)))
        return "open";
      const opened = await loader.load(opening);
      if (opened === "open") known.set(id, new Set([...(known.get(id) ?? []), ...opening.people]));
      return opened;
    },

    async ask({ agency, purpose, caseNumber, person, text }, most) {
      const { rows } = await statements.query<{ questions: readonly string[] }>({
        ...askStatement,
        values: [agency, purpose, caseNumber, person, text, most],
      });
      return rows[0]?.questions.includes(text) === true;
    },

    async confirm({ agency, purpose, caseNumber, people, reason, confirmedBy }) {
      await statements.query({
        ...confirmStatement,
        values: [agency, purpose, caseNumber, people, confirmedBy, reason],
      });
    },
  };
}

const askStatement = {
  name: "ask-about-person-of-case",
  text: `
    insert into case_question as kept (agency, purpose, case_number, person, questions)
      values ($1, $2, $3, $4, array[$5::text])
      on conflict (agency, purpose, case_number, person) do update set questions =
        case
          when $5 = any (kept.questions) or cardinality(kept.questions) >= $6 then kept.questions
          else kept.questions || $5
        end
      returning questions`,
};

const confirmStatement = {
  name: "confirm-case",
  text: `
    insert into case_file
        (agency, purpose, case_number, people, confirmed, confirmed_by, confirmed_reason, confirmed_at)
      values ($1, $2, $3, '{}', $4, $5, $6, now())
      on conflict (agency, purpose, case_number) do update set
        confirmed = excluded.confirmed,
        confirmed_by = excluded.confirmed_by,
        confirmed_reason = excluded.confirmed_reason,
        confirmed_at = excluded.confirmed_at`,
};

/**
 * Opens people for cases. Two requests for one case are told one after the other: each must see what the one
 * before it has opened.
 */
async function openAll(statements: Statements, openings: readonly Opening[]): Promise<Opened[]> {
  const answers = new Map<Opening, Opened>();
  let rest = openings;
  while (rest.length > 0) {
    const round = new Map<string, Opening>();
    for (const opening of rest)
      if (!round.has(nameCase(opening))) round.set(nameCase(opening), opening);
    const taken = new Set(round.values());
    for (const [opening, opened] of await openEach(statements, [...taken]))
      answers.set(opening, opened);
    rest = rest.filter((opening) => !taken.has(opening));
  }
  return openings.map((opening) => answers.get(opening)!);
}

const openStatement = {
  name: "open-people-for-cases",
  text: `
    with asked as (
      select * from jsonb_to_recordset($1::jsonb)
        as asked (agency text, purpose text, case_number text, subject text, unit text,
          people text[], most int)
    )
    insert into case_file as kept (agency, purpose, case_number, unit, people)
      select agency, purpose, case_number, unit,
          case when cardinality(people) <= most then people else '{}' end
        from asked
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
      returning agency, purpose, case_number, unit, people`,
};

/** One statement for many cases, each of which stands in it once. */
async function openEach(
  statements: Statements,
  openings: readonly Opening[],
): Promise<ReadonlyMap<Opening, Opened>> {
  // In one order for all processes, or two that open the same cases wait for each other for ever.
  const ordered = openings.toSorted((a, b) => (nameCase(a) < nameCase(b) ? -1 : 1));
  const asked = JSON.stringify(
    ordered.map(({ agency, purpose, caseNumber, subject, unit, people, most }) => ({
      ...{ agency, purpose, subject, unit, people, most },
      case_number: caseNumber,
    })),
  );
  const { rows } = await statements.query<CaseRow>({ ...openStatement, values: [asked] });
  const opened = new Map(
    rows.map(({ agency, purpose, case_number: caseNumber, unit, people }) => [
      nameCase({ agency, purpose, caseNumber }),
      { unit, people: new Set(people) },
    ]),
  );
  return new Map(
    ordered.map((opening) => {
      const { unit, people } = opened.get(nameCase(opening))!;
      if (opening.unit !== undefined && unit !== opening.unit) return [opening, "another-unit"];
      const isOpen = opening.people.every((person) => people.has(person));
      return [opening, isOpen ? "open" : "too-many-people"];
    }),
  );
}

interface CaseRow {
  readonly agency: string;
  readonly purpose: string;
  readonly case_number: string;
  readonly unit: string | null;
  readonly people: readonly string[];
}

function nameCase({ agency, purpose, caseNumber }: CaseKey): string {
  // As JSON, since codes may hold any separator.
  return JSON.stringify([agency, purpose, caseNumber]);
}
