import { parseArgs } from "node:util";
import { parseCivilDate } from "../../../schema/values/date.ts";
import type { CivilDate } from "../../../schema/values/date.ts";
import { grantQuota, listGrants } from "../../quota/grants.ts";
import type { RecordedGrant } from "../../quota/grants.ts";
import { placeOptions, readPlace, required, termsOf, toCount } from "./ledger.ts";
import type { QuotaTask } from "./ledger.ts";
import { describeGrant, show } from "./show.ts";

/** `lien-thong quota grant`: gives an agency units of its own. */
export function readGrantTask(args: readonly string[]): QuotaTask {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ ...placeOptions, agency: text, source: text, records: text },
      ...{ from: text, until: text, reason: text, by: text },
    },
  });
  const place = readPlace(values);
  const records = required(values.records, "records");
  const grant = {
    agency: required(values.agency, "agency"),
    source: required(values.source, "source"),
    records: toCount(records),
    from: readDay(values.from, "from"),
    until: readDay(values.until, "until"),
    reason: required(values.reason, "reason"),
    grantedBy: required(values.by, "by"),
  };
  if (Number.isNaN(grant.records))
    throw new Error(`--records must be a whole number from 1, not "${records}".`);
  return {
    place,
    async run(database) {
      const answer = await grantQuota(database, grant, termsOf(place, grant.source));
      if (answer.kind === "refused") throw new Error(answer.sentence);
      console.log(place.json ? JSON.stringify(answer.grant, null, 2) : tell(answer.grant));
      return 0;
    },
  };
}

/** `lien-thong quota grants`: those that are in force or will be. */
export function readGrantsTask(args: readonly string[]): QuotaTask {
  const { values } = parseArgs({
    args: [...args],
    options: { ...placeOptions, source: { type: "string" } },
  });
  const { source } = values;
  const place = readPlace(values);
  return {
    place,
    async run(database) {
      const asked =
        source === undefined ? place.terms : new Map([[source, termsOf(place, source)]]);
      show(await listGrants(database, asked), place, describeGrant, "Nothing is granted.");
      return 0;
    },
  };
}

function readDay(text: string | undefined, option: string): CivilDate {
  try {
    return parseCivilDate(required(text, option));
  } catch (error) {
    if (text === undefined) throw error;
    throw new Error(`--${option}: ${(error as Error).message}`, { cause: error });
  }
}

function tell({ id, agency, records, source, from, until, heldToday }: RecordedGrant): string {
  const granted = `Granted ${agency} ${records} records of ${source} a day, from ${from} until ${until} (grant ${id}).`;
  return heldToday === null || heldToday === records
    ? granted
    : `${granted} Today it has ${heldToday} of them: the day had begun, and no more of its common rest was left.`;
}
