import { addDays } from "../../schema/values/date.ts";
import { lanes, mostForFiles } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import { availableTo, lentOn } from "./lanes.ts";
import type { DayAccount } from "./lanes.ts";
import { dayAt, startOf, wallClock } from "./owner-day.ts";

/** When jobs end under an owner's limits: the paper that an agency needs to ask for more. */

/** A job that waits; jobs are worked off in their order. */
export interface Job {
  readonly name: string;
  readonly lane: Lane;
  /** Units that it still needs. */
  readonly units: number;
}

export interface Plan {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly terms: SourceTerms;
  /** The account of today; undefined where nobody has asked yet. */
  readonly today: DayAccount | undefined;
  /** Units that each lane is expected to spend on a day besides the jobs, such as a counter's usual. */
  readonly usual: Readonly<Record<Lane, number>>;
}

export interface JobEnd {
  readonly name: string;
  /** Milliseconds since 1970; null where it does not end within ten years. */
  readonly endsAt: number | null;
}

/** Beyond this a limit is a refusal. */
const farthestDays = 3_660;

/** When each job ends. */
export function forecast(jobs: readonly Job[], plan: Plan): JobEnd[] {
  const speed = unitsPerSecond(plan.terms);
  let at = plan.now;
  /** Units that the jobs have spent on the day of `at`. */
  let spent = { day: dayAt(at, plan.terms.timeZone), units: 0 };
  return jobs.map(({ name, lane, units }) => {
    let left = units;
    for (let days = 0; left > 0 && days < farthestDays;) {
      const day = dayAt(at, plan.terms.timeZone);
      if (day !== spent.day) spent = { day, units: 0 };
      const next = nextChange(at, plan.terms);
      const room = Math.max(0, roomOn(day, at, lane, plan) - spent.units);
      const inTime = speed === null ? room : Math.min(room, ((next - at) / 1_000) * speed);
      const worked = Math.min(left, inTime);
      left -= worked;
      spent.units += worked;
      if (left > 0) {
        at = next;
        if (dayAt(at, plan.terms.timeZone) !== day) days += 1;
      } else if (speed !== null) at += (worked / speed) * 1_000;
    }
    return { name, endsAt: left > 0 ? null : Math.round(at) };
  });
}

/** The same plan with another limit a day: what asking for more would change. */
export function withLimit(plan: Plan, perDay: number | null): Plan {
  const { terms, today } = plan;
  const more = (perDay ?? 0) - (terms.perDay ?? 0);
  return {
    ...plan,
    terms: { ...terms, perDay },
    today: today && { ...today, limit: today.limit + more, free: Math.max(0, today.free + more) },
  };
}

/** What case and bulk may send at most; null where nothing limits it. */
function unitsPerSecond({ callsPerSecond, unit, largestBatch }: SourceTerms): number | null {
  if (callsPerSecond === null) return null;
  return mostForFiles(callsPerSecond) * (unit === "CALL" ? 1 : largestBatch);
}

/** Units that the jobs of a lane may spend on a day, by what is lent at that instant. */
function roomOn(day: string, at: number, lane: Lane, plan: Plan): number {
  const { terms, usual, today } = plan;
  if (terms.perDay === null) return Number.POSITIVE_INFINITY;
  const others = lanes.reduce((sum, each) => sum + usual[each], 0);
  const isToday = day === dayAt(plan.now, terms.timeZone) && today !== undefined;
  const account = isToday ? today : freshAccount(terms.perDay, terms);
  const lent = lentOn(day, wallClock(at, terms.timeZone), terms.lanes);
  // What others usually spend comes out of their floors first, and only beyond them out of the rest.
  const beyond = lanes
    .filter((each) => each !== lane && !lent.includes(each))
    .reduce((sum, each) => sum + Math.min(usual[each], account.pots[each].floor), 0);
  return Math.max(0, availableTo(lane, account, lent) - (isToday ? 0 : others - beyond));
}

function freshAccount(limit: number, { lanes: floors }: SourceTerms): DayAccount {
  const pot = (floor: number) => ({ floor, leased: 0, doubt: 0, spent: 0 });
  return {
    limit,
    free: limit,
    pots: {
      counter: pot(floors.counter.floor),
      case: pot(floors.case.floor),
      bulk: pot(floors.bulk.floor),
      granted: pot(0),
    },
  };
}

/** The next instant at which there may be more to spend: a floor is lent, or a day begins. */
function nextChange(at: number, { timeZone, lanes: floors }: SourceTerms): number {
  const day = dayAt(at, timeZone);
  const start = startOf(day, timeZone);
  const times = lanes.flatMap((lane) => floors[lane].lendFrom ?? []);
  const instants = times.map((time) => {
    const [hours, minutes] = time.split(":").map(Number) as [number, number];
    return start + (hours * 60 + minutes) * 60_000;
  });
  return Math.min(
    ...instants.filter((instant) => instant > at),
    startOf(addDays(day, 1), timeZone),
  );
}
