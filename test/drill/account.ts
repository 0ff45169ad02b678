import { urlVariable } from "../../gateway/source-variables.ts";
import { readSector } from "../../schema/sectors.ts";
import { todayInVietnam } from "../../schema/values/date.ts";
import { runCommand } from "../support/command-line.ts";
import type { Breach } from "./bounds.ts";

/** What a meter had counted by some moment of a day. */
export interface MeterReading {
  readonly day: string;
  readonly records: number;
}

/** What ledger and owner say of the day, once everything has been settled. */
export interface Account {
  readonly source: string;
  /** Units of calls that are still under way, or of which nobody knows whether they were counted. */
  readonly open: number;
  readonly spent: number;
  /** Records that the owner has counted for the gateway. */
  readonly meter: number;
  readonly overTheLimit: number;
  /** Whether nothing is open, and both say the same. */
  readonly equal: boolean;
}

/** Reads what population, the one owner with a meter, has counted today. */
export async function readMeter(populationUrl: string): Promise<MeterReading> {
  const response = await fetch(new URL(`/meter?day=${todayInVietnam(new Date())}`, populationUrl));
  return (await response.json()) as MeterReading;
}

/**
 * Settles as an operator does, by `lien-thong quota reconcile`, but repairs nothing: a unit that was lost
 * must be seen. No gateway may run on the ledger any more.
 *
 * @param before what the meter had counted before the gateway asked for anything
 * @throws {Error} with the command's sentence, where ledger or meter do not answer
 */
export async function settleAccounts(
  ledgerUrl: string,
  sourceUrls: Readonly<Record<string, string>>,
  before: MeterReading,
): Promise<Account[]> {
  const urls = Object.entries(sourceUrls).map(([name, url]) => [urlVariable(name), url]);
  const { stdout, stderr } = await runCommand(["quota", "reconcile", "--no-repair", "--json"], {
    env: { ...Object.fromEntries(urls), GATEWAY_DATABASE_URL: ledgerUrl },
  });
  if (stdout === "") throw new Error(stderr.trim());
  const compared = JSON.parse(stdout) as {
    source: string;
    day: string;
    leased: number;
    doubt: number;
    spent: number;
    meter: number;
  }[];
  return compared.map(({ source, day, leased, doubt, spent, meter: counted }) => {
    const open = leased + doubt;
    const meter = counted - (day === before.day ? before.records : 0);
    const overTheLimit = Math.max(0, counted - (readSector(source).terms.perDay ?? Infinity));
    return { source, open, spent, meter, overTheLimit, equal: open === 0 && spent === meter };
  });
}

/** What an account of the whole day breaks, whatever scene it came from. */
export function findAccountBreaches(accounts: readonly Account[]): Breach[] {
  return accounts.flatMap(({ source, open, spent, meter, overTheLimit, equal }) => {
    const breach = { scene: `the day's account with ${source}`, ofTime: false };
    const compared = `${spent} spent, ${meter} by the meter, ${open} open`;
    return [
      ...(equal ? [] : [{ ...breach, bound: "ledger and meter say the same", seen: compared }]),
      ...(overTheLimit === 0
        ? []
        : [{ ...breach, bound: "the limit is kept", seen: `${overTheLimit} over it` }]),
    ];
  });
}
