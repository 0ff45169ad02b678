/** What an operator may set of the meter; what is left out comes from the terms. */
export interface MeterSettings {
  /** Records that may be asked for on one of the owner's days; null is no limit. */
  readonly perDay?: number | null;
  /** Who knows it may use the meter's doors; without it, only this machine may. */
  readonly token?: string;
}

/** Far beyond any owner's limit, and its sums are still exact. */
const mostRecords = 1_000_000_000;

/**
 * Reads `POPULATION_PER_DAY`, a number of records or `none`, and `METER_TOKEN`.
 *
 * @throws {Error} with a sentence that names the variable and what it must hold
 */
export function readMeterSettings(env: NodeJS.ProcessEnv): MeterSettings {
  const { POPULATION_PER_DAY: perDay, METER_TOKEN: token } = env;
  return {
    ...(perDay && { perDay: readPerDay(perDay) }),
    ...(token && { token: readToken(token) }),
  };
}

/** A header carries nothing else unchanged. */
function readToken(text: string): string {
  if (/^[!-~]+$/.test(text)) return text;
  throw new Error("METER_TOKEN must hold visible ASCII characters alone, without spaces.");
}

function readPerDay(text: string): number | null {
  if (text === "none") return null;
  if (/^[0-9]{1,10}$/.test(text) && Number(text) <= mostRecords) return Number(text);
  throw new Error(
    `POPULATION_PER_DAY must be a whole number from 0 to ${mostRecords}, or none, not ${JSON.stringify(text)}.`,
  );
}
