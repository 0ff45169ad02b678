import { parseArgs } from "node:util";
import { lanes } from "../../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../../schema/terms.ts";
import { forecastBacklog } from "../../quota/backlog.ts";
import type { JobForecast } from "../../quota/backlog.ts";
import type { Job } from "../../quota/forecast.ts";
import { wallClock } from "../../quota/owner-day.ts";
import { placeOptions, readPlace, required, termsOf, toCount } from "./ledger.ts";
import type { QuotaTask } from "./ledger.ts";
import { show } from "./show.ts";

/** `lien-thong quota forecast`: when each job of a backlog ends, and what another limit would change. */
export function readForecastTask(args: readonly string[]): QuotaTask {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...placeOptions,
      source: { type: "string" },
      job: { type: "string", multiple: true, default: [] },
      usual: { type: "string", multiple: true, default: [] },
      limit: { type: "string" },
    },
  });
  const place = readPlace(values);
  const source = required(values.source, "source");
  if (values.job.length === 0) throw new Error("--job must be given, once for each job.");
  const backlog = {
    source,
    jobs: values.job.map(readJob),
    usual: { counter: 0, case: 0, bulk: 0, ...Object.fromEntries(values.usual.map(readUsual)) },
    limit: readLimit(values.limit),
  };
  return {
    place,
    async run(database) {
      const terms = termsOf(place, source);
      const answer = await forecastBacklog(database, backlog, terms);
      if (answer.kind === "refused") throw new Error(answer.sentence);
      if (place.json) {
        console.log(JSON.stringify(answer.forecasts.map(toJson), null, 2));
        return 0;
      }
      const limit = terms.perDay === null ? "no limit" : `${terms.perDay} records`;
      console.log(
        `${source}, ${limit} a day, by the clocks of ${terms.owner} (${terms.timeZone}), if it answers at once:`,
      );
      show(answer.forecasts, place, (row) => describe(row, terms, values.limit), "");
      return 0;
    },
  };
}

/** `NAME:LANE:UNITS`; a name may hold colons. */
function readJob(text: string): Job {
  const [, name, lane, units] = /^(.+):([^:]*):([^:]*)$/.exec(text) ?? [];
  if (name === undefined || !isLane(lane) || units === undefined || Number.isNaN(toCount(units)))
    throw new Error(
      `--job is NAME:LANE:UNITS with one of ${lanes.join(", ")} and a whole number, such as pupils:bulk:56000; not "${text}".`,
    );
  return { name, lane, units: toCount(units) };
}

function readUsual(text: string): [Lane, number] {
  const [lane, units, ...more] = text.split(":");
  if (!isLane(lane) || units === undefined || Number.isNaN(toCount(units)) || more.length > 0)
    throw new Error(
      `--usual is LANE:UNITS with one of ${lanes.join(", ")} and a whole number, such as counter:60000; not "${text}".`,
    );
  return [lane, toCount(units)];
}

function readLimit(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === "none") return null;
  if (Number.isNaN(toCount(text)))
    throw new Error(`--limit is a whole number of records a day, or none; not "${text}".`);
  return toCount(text);
}

function isLane(text: string | undefined): text is Lane {
  return lanes.some((lane) => lane === text);
}

function toJson({ endsAt, endsAtWithLimit, ...job }: JobForecast) {
  const instant = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    ...job,
    endsAt: instant(endsAt),
    ...(endsAtWithLimit !== undefined && { endsAtWithLimit: instant(endsAtWithLimit) }),
  };
}

function describe(
  { name, lane, units, endsAt, endsAtWithLimit }: JobForecast,
  { timeZone }: SourceTerms,
  limit: string | undefined,
) {
  const tell = (at: number | null) =>
    at === null ? "not within three years" : tellMinute(at, timeZone);
  const column = limit === "none" ? "ends without a limit" : `ends with ${limit} a day`;
  return {
    ...{ job: name, lane, records: units, ends: tell(endsAt) },
    ...(endsAtWithLimit !== undefined && { [column]: tell(endsAtWithLimit) }),
  };
}

/** The minute by whose end it is done, by the owner's clocks. */
function tellMinute(at: number, timeZone: string): string {
  const minute = Math.ceil(at / 60_000) * 60_000;
  return wallClock(minute, timeZone).slice(0, 16).replace("T", " ");
}
