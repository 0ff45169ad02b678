import { setImmediate as breathe } from "node:timers/promises";
import { readAddressDatabase } from "../kit/units/address-database.ts";
import { readDefaultUnits } from "../kit/units/default-units.ts";
import { openBatch } from "./batch.ts";
import { beginLoad, type Load } from "./copy.ts";
import { listCommunities } from "./country.ts";
import { listCoverage } from "./coverage.ts";
import { dayOf, type Day } from "./day.ts";
import { destinations, type DestinationName } from "./destinations.ts";
import { foundInstitutions, type Institution } from "./institutions.ts";
import { defectTable, storyTable } from "./manifest.ts";
import { readPlaces } from "./places.ts";
import type { Progress } from "./progress.ts";
import { coverageTable } from "./registers/civil-status-tables.ts";
import { schoolTable } from "./registers/education.ts";
import { facilityTable } from "./registers/health-insurance.ts";
import { recordCommunity } from "./registers/record-community.ts";
import type { Table, Write } from "./registers/records.ts";

/**
 * The day on which every seeded country stands. Fixed, so that the same seed gives the same people on
 * any day; after the mergers of 2025 and the first school year since.
 */
export const presentDay: Day = dayOf(2026, 11, 1);

/** Communities to a batch: some five thousand citizens, ten megabytes of rows. */
const batchSize = 3;
/** Of each kind of story so many are kept, which is more than anybody reads. */
const mostStories = 2_000;

export interface CountryLoad {
  readonly seed: number;
  readonly citizens: number;
  /** The databases to fill; the others hold these very people already. */
  readonly urls: ReadonlyMap<DestinationName, string>;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Makes a country and loads it: communities are made one after another while the databases, side by
 * side, take the batch before. Each database has all of it or nothing.
 */
export async function loadCountry({
  seed,
  citizens,
  urls,
  onProgress,
}: CountryLoad): Promise<void> {
  const places = readPlaces(readDefaultUnits(await readAddressDatabase()));
  const institutions = foundInstitutions(places);
  const settings = { seed, places, institutions, today: presentDay };
  const loads = new Map<DestinationName, Load>();
  try {
    for (const [name, url] of urls)
      loads.set(name, await beginLoad(url, destinations[name].tables));

    let batch = openBatch(loads);
    const writeTo = (name: DestinationName): Write => batch.writeTo(name);
    writeInstitutions(writeTo("education"), schoolTable, institutions.schools);
    writeInstitutions(writeTo("health-insurance"), facilityTable, institutions.facilities);
    for (const { unit, book, from, to } of listCoverage(seed, places, presentDay))
      writeTo("civil-status")(coverageTable, {
        unit_code: unit.code,
        unit_from: unit.validFrom,
        book,
        covered_from: from,
        covered_to: to,
        basis: "DIGITISED",
      });

    const told = new Map<string, number>();
    let done = 0;
    let sent: Promise<unknown> = Promise.resolve();
    const send = async () => {
      const full = batch;
      const reached = done;
      batch = openBatch(loads);
      await sent;
      sent = full.copy().then(() => onProgress({ done: reached, total: citizens }));
      // Heard at the next await; a rejection in between must not end the process.
      sent.catch(() => {});
    };
    for (const community of listCommunities({ seed, citizens, places, today: presentDay })) {
      const { defects, stories } = recordCommunity(settings, community, writeTo);
      const write = writeTo("seed");
      for (const defect of defects) write(defectTable, defect);
      for (const story of stories) {
        const before = told.get(story.kind) ?? 0;
        told.set(story.kind, before + 1);
        if (before < mostStories) write(storyTable, story);
      }
      done += community.people.length;
      // The sockets of the batch before are served between two communities.
      await breathe();
      if ((community.number + 1) % batchSize === 0) await send();
    }
    await send();
    await sent;
    // The manifest goes last: where it is marked, every register is.
    const registers = [...loads].filter(([name]) => name !== "seed");
    await Promise.all(registers.map(([, load]) => load.commit({ seed, citizens })));
    await loads.get("seed")?.commit({ seed, citizens });
  } catch (error) {
    await Promise.allSettled([...loads.values()].map((load) => load.abandon()));
    throw error;
  }
}

function writeInstitutions(
  write: Write,
  table: Table<{
    code: string;
    name: string;
    unit_code?: string | null;
    unit_from?: string | null;
  }>,
  institutions: readonly Institution[],
): void {
  for (const { code, name, unit } of institutions)
    write(table, { code, name, unit_code: unit.code, unit_from: unit.validFrom });
}
