import { addDays } from "../../schema/values/date.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import { lanes, mostForFiles } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import { freshAccount } from "./fresh-account.ts";
import { availableTo, usedBy } from "./lanes.ts";
import type { DayAccount } from "./lanes.ts";
import { dayAt, startOf } from "./owner-day.ts";

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
  /** Grants, whose units the jobs of others leave alone. A job of their own is reckoned without them. */
  readonly grants: readonly {
    readonly from: string;
    readonly until: string;
    readonly records: number;
  }[];
}

export interface JobEnd {
  readonly name: string;
  /** Milliseconds since 1970; null where it does not end within three years. */
  readonly endsAt: number | null;
}

/** Beyond this a limit is a refusal. */
const farthestDays = 3 * 366;

/** When each job ends, if the owner answers at once: the slower it is, the later. */
export function forecast(jobs: readonly Job[], plan: Plan): JobEnd[] {
  const { timeZone } = plan.terms;
  const today = dayAt(plan.now, timeZone);
  const progress = { at: plan.now, day: openDay(today, startOf(today, timeZone), plan), days: 1 };
  return jobs.map(({ name, lane, units }) => {
    const ended = workOff(lane, units, progress, plan);
    return { name, endsAt: ended ? Math.round(progress.at) : null };
  });
}

/** How far the jobs have come. */
interface Progress {
  /** The instant at which the last one ended, within `day`. */
  at: number;
  day: Day;
  /** Days that have been looked at. */
  days: number;
}

/** One of the owner's days, and what the jobs have left of it. */
interface Day {
  readonly date: CivilDate;
  readonly endsAt: number;
  /** When floors join the rest. */
  readonly lends: readonly { readonly lane: Lane; readonly at: number }[];
  /** Undefined where there is no limit. */
  account: DayAccount | undefined;
}

/** Works a job off; false where it takes too long, as will all that come after it. */
function workOff(lane: Lane, units: number, progress: Progress, plan: Plan): boolean {
  const speed = unitsPerSecond(lane, plan.terms);
  for (let left = units; ;) {
    if (progress.days > farthestDays) return false;
    const { at, day } = progress;
    const lent = day.lends.filter((lending) => lending.at <= at).map((lending) => lending.lane);
    const next = Math.min(day.endsAt, ...day.lends.map((one) => one.at).filter((one) => one > at));
    const room = day.account ? availableTo(lane, day.account, lent) : Number.POSITIVE_INFINITY;
    const inTime = speed === null ? room : Math.min(room, ((next - at) / 1_000) * speed);
    const worked = Math.min(left, inTime);
    left -= worked;
    day.account &&= spend(day.account, lane, worked);
    if (left === 0) {
      if (speed !== null) progress.at += (worked / speed) * 1_000;
      return true;
    }
    progress.at = next;
    if (next < day.endsAt) continue;
    progress.day = openDay(addDays(day.date, 1), day.endsAt, plan);
    progress.days += 1;
  }
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

/** What a lane may send at most; null where nothing limits it. */
function unitsPerSecond(
  lane: Lane,
  { callsPerSecond, unit, largestBatch }: SourceTerms,
): number | null {
  if (callsPerSecond === null) return null;
  const calls = lane === "counter" ? callsPerSecond : mostForFiles(callsPerSecond);
  return calls * (unit === "CALL" ? 1 : largestBatch);
}

function openDay(date: CivilDate, start: number, plan: Plan): Day {
  const { timeZone, lanes: floors } = plan.terms;
  const lends = lanes.flatMap((lane) => {
    const { lendFrom } = floors[lane];
    if (lendFrom === null) return [];
    const [hours, minutes] = lendFrom.split(":").map(Number) as [number, number];
    return { lane, at: start + (hours * 60 + minutes) * 60_000 };
  });
  const endsAt = startOf(addDays(date, 1), timeZone);
  return { date, endsAt, lends, account: accountOn(date, plan) };
}

/** What jobs find on a day, with all that others are expected to spend taken out; undefined without a limit. */
function accountOn(day: CivilDate, plan: Plan): DayAccount | undefined {
  const { terms, usual, today, now } = plan;
  if (terms.perDay === null) return undefined;
  const begun = today !== undefined && day === dayAt(now, terms.timeZone);
  const granted = plan.grants
    .filter(({ from, until }) => from <= day && day <= until)
    .reduce((sum, { records }) => sum + records, 0);
  const account = begun ? today : freshAccount(terms.perDay, terms, granted);
  return lanes.reduce((left, lane) => {
    const more = Math.max(0, usual[lane] - usedBy(left.pots[lane]));
    return spend(left, lane, more);
  }, account);
}

function spend(account: DayAccount, lane: Lane, units: number): DayAccount {
  const pot = account.pots[lane];
  return {
    ...account,
    free: account.free - units,
    pots: { ...account.pots, [lane]: { ...pot, spent: pot.spent + units } },
  };
}
