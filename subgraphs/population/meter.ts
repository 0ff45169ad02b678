import type { Admission, Meter, MeterSurroundings } from "../kit/admission.ts";
import { describeFailure } from "../kit/errors.ts";
import type { DB } from "./database/types.ts";
import { keyForm, readIdempotencyKey } from "./idempotency-key.ts";
import { countCall, forgetKeys } from "./meter-book.ts";
import type { Entry } from "./meter-book.ts";
import { readCharge } from "./meter-charge.ts";
import { registerMeterDoors } from "./meter-doors.ts";
import type { MeterSettings } from "./meter-settings.ts";

/**
 * Days for which keys are remembered: a gateway's ledger is settled within the day, and whoever repairs
 * one after a holiday still finds them.
 */
const keyDays = 8;

/**
 * The owner's meter: counts every call before any work is done for it, refuses what goes beyond the
 * day's limit, and alone can say afterwards what became of a call whose answer was lost.
 *
 * A record is a representation or look-up key, equal ones of a call once, or another root field. What
 * asks of the schema alone costs nothing and is not entered.
 */
export function openMeter(
  { database, terms, log }: MeterSurroundings<DB>,
  { perDay = terms.perDay, token }: MeterSettings,
): Meter {
  const { timeZone } = terms;
  let newestDay = "";
  return {
    async admit({ asked, key: header, extensions }) {
      const key = header === undefined ? null : readIdempotencyKey(header);
      if (header !== undefined && key === null) return malformedKey;
      const charge = readCharge(asked, extensions);
      if (charge.consumers.size === 0) return free;
      const entry = await countCall(database, key, charge, { perDay, timeZone });
      if (entry.outcome === "COUNTED" && entry.day > newestDay) {
        newestDay = entry.day;
        forgetKeys(database, keyDays).catch((error: unknown) =>
          log.warn(describeFailure(error), "old keys not forgotten"),
        );
      }
      return answer(entry, sum(charge.consumers.values()), perDay);
    },
    registerDoors: (app) => registerMeterDoors(app, database, token),
  };
}

const free: Admission = { headers: { "meter-records": "0" } };

const malformedKey: Admission = {
  ...free,
  refusal: {
    status: 400,
    code: "BAD_USER_INPUT",
    message: `The header idempotency-key must be ${keyForm}, such as <lease id>.<number>.`,
  },
};

/** The owner's own refusals come with HTTP 200, as any GraphQL answer, and were not counted. */
function answer(entry: Entry, records: number, perDay: number | null): Admission {
  switch (entry.outcome) {
    case "COUNTED":
      return { headers: { "meter-day": entry.day, "meter-records": String(records) } };
    case "REPEATED":
      return { headers: { "meter-day": entry.day, "meter-records": "0" } };
    case "EXHAUSTED":
      return {
        headers: { "meter-day": entry.day, "meter-records": "0" },
        refusal: {
          status: 200,
          code: "QUOTA_EXHAUSTED",
          message: `Of the ${perDay} records of ${entry.day} fewer than ${records} are left. Ask for fewer, or on another day.`,
        },
      };
    case "REFUSED":
      return {
        ...free,
        refusal: {
          status: 200,
          code: "KEY_REFUSED",
          message:
            "The idempotency key is void, its lease closed, or it was another question's. Ask again under a new one.",
        },
      };
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
