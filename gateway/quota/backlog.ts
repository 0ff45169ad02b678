import { lanes, sumFloors } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { readAccount, readLedgerTime } from "./accounts.ts";
import { forecast, withLimit } from "./forecast.ts";
import type { Job } from "./forecast.ts";
import { listGrants } from "./grants.ts";
import { dayAt } from "./owner-day.ts";

/** Jobs that wait for one source, and what is asked about them. */
export interface Backlog {
  readonly source: string;
  /** In the order in which they are worked off; 1 to 100. */
  readonly jobs: readonly Job[];
  /** Units that each lane spends on a usual day besides the jobs. */
  readonly usual: Readonly<Record<Lane, number>>;
  /** Another limit a day to reckon with too; null is none at all, undefined asks about no other. */
  readonly limit: number | null | undefined;
}

/** When a job ends; instants in milliseconds since 1970, null where it does not within three years. */
export interface JobForecast extends Job {
  readonly endsAt: number | null;
  /** The same under the other limit; undefined where none was asked about. */
  readonly endsAtWithLimit: number | null | undefined;
}

export type BacklogAnswer =
  | { readonly kind: "reckoned"; readonly forecasts: readonly JobForecast[] }
  | { readonly kind: "refused"; readonly sentence: string };

/**
 * Reckons when each job ends, from where the ledger stands now.
 *
 * @param terms the source's
 * @throws {Error} of the database
 */
export async function forecastBacklog(
  database: GatewayDatabase,
  { source, jobs, usual, limit }: Backlog,
  terms: SourceTerms,
): Promise<BacklogAnswer> {
  const sentence = findMistake({ jobs, usual, limit }, terms);
  if (sentence !== undefined) return { kind: "refused", sentence };
  const { ledgerTime } = await readLedgerTime(database, source);
  const plan = {
    ...{ now: ledgerTime, terms, usual },
    today: await readAccount(database, source, dayAt(ledgerTime, terms.timeZone)),
    grants: await listGrants(database, new Map([[source, terms]])),
  };
  const ends = forecast(jobs, plan);
  const others = limit === undefined ? undefined : forecast(jobs, withLimit(plan, limit));
  const forecasts = jobs.map((job, index) => ({
    ...job,
    endsAt: ends[index]!.endsAt,
    endsAtWithLimit: others && others[index]!.endsAt,
  }));
  return { kind: "reckoned", forecasts };
}

/** Jobs of one forecast: the paper that names more is written by hand. */
const mostJobs = 100;

/** As in terms: far beyond any owner's limit. */
const mostUnits = 1_000_000_000;

function findMistake(
  { jobs, usual, limit }: Omit<Backlog, "source">,
  terms: SourceTerms,
): string | undefined {
  if (jobs.length < 1 || jobs.length > mostJobs)
    return `A forecast is of 1 to ${mostJobs} jobs, not of ${jobs.length}.`;
  for (const { name, units } of jobs) {
    if (name.trim() === "") return "A job has a name; one was left empty.";
    if (!isCount(units, 1))
      return `The job ${JSON.stringify(name)} needs a whole number of records from 1 to ${mostUnits}, not ${units}.`;
  }
  const odd = lanes.find((lane) => !isCount(usual[lane], 0));
  if (odd)
    return `What ${odd} usually spends on a day is a whole number from 0 to ${mostUnits}, not ${usual[odd]}.`;
  const floors = sumFloors(terms);
  if (typeof limit === "number" && !(isCount(limit, 0) && limit >= floors))
    return `A limit to compare with is a whole number from ${floors}, which the floors hold, to ${mostUnits}, not ${limit}.`;
  return undefined;
}

function isCount(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least && value <= mostUnits;
}
