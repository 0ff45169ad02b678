import type { Client } from "pg";
import type { QuotaClock } from "../../../gateway/quota/clock.ts";

/** A clock that a test holds in its hands: the processes' and, where it has a session, PostgreSQL's. */
export interface HeldClock extends QuotaClock {
  /** What time it really is, whatever clocks say. */
  trueTime(): number;
  /** Lets time pass for all: what is due in it runs at its time, and is waited for. */
  pass(milliseconds: number): Promise<void>;
  /** Sets the machine's own clock forward or back: nothing else notices. */
  jump(milliseconds: number): void;
  /** Sets PostgreSQL's clock alone forward or back. */
  jumpLedger(milliseconds: number): Promise<void>;
}

/**
 * Puts PostgreSQL's clock into a test's hands: in this database `clock_timestamp()` reads a table. Its
 * sessions that are opened from now on find that function first.
 *
 * @param session the superuser's, to that database; it stays open as long as the clock
 * @param start when it is, such as `2026-07-24T10:00:00+07:00`
 * @param isQuiet whether nothing is under way: no statement, and no call to an owner
 */
export async function holdClock(
  session: Client,
  start: string,
  isQuiet: () => boolean,
): Promise<HeldClock> {
  await session.query(`
    create schema held;
    create table held.clock (at timestamptz not null);
    create function held.clock_timestamp() returns timestamptz language sql volatile
      as 'select at from held.clock';
    grant usage on schema held to public;
    grant select on held.clock to public;
  `);
  await session.query(`insert into held.clock values ($1)`, [start]);
  const { rows } = await session.query<{ name: string }>("select current_database() as name");
  await session.query(`alter database ${rows[0]!.name} set search_path = held, public, pg_catalog`);
  let passed = 0;
  let wall = Date.parse(start);
  let ledgerOff = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  const setLedger = () =>
    session.query("update held.clock set at = $1", [
      new Date(Date.parse(start) + passed + ledgerOff).toISOString(),
    ]);
  return {
    now: () => wall,
    monotonic: () => passed,
    trueTime: () => Date.parse(start) + passed,
    after(milliseconds, run) {
      const timer = { at: passed + milliseconds, run };
      timers.push(timer);
      return () => (timers = timers.filter((each) => each !== timer));
    },
    async pass(milliseconds) {
      // What was set going before begins before.
      await settle();
      const until = passed + milliseconds;
      for (;;) {
        const due = timers
          .filter(({ at }) => at <= until)
          .reduce<(typeof timers)[number] | undefined>(
            (first, each) => (first === undefined || each.at < first.at ? each : first),
            undefined,
          );
        const at = due?.at ?? until;
        wall += Math.max(0, at - passed);
        passed = Math.max(passed, at);
        await setLedger();
        if (!due) return settle();
        timers = timers.filter((each) => each !== due);
        due.run();
        await settle();
      }
    },
    jump(milliseconds) {
      wall += milliseconds;
    },
    async jumpLedger(milliseconds) {
      ledgerOff += milliseconds;
      await setLedger();
    },
  };

  /** Waits until nothing is under way, nor follows from what was. */
  async function settle(): Promise<void> {
    for (let quiet = 0; quiet < quietTurns;) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = isQuiet() ? quiet + 1 : 0;
    }
  }
}

/** An answer that is there is read, and what follows from it sent, within a turn of the event loop. */
const quietTurns = 5;
