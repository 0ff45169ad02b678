import type { Day } from "../day.ts";
import { drawFlaws, type Defect } from "../defects.ts";
import type { Institutions } from "../institutions.ts";
import type { Community } from "../life.ts";
import type { Person } from "../person.ts";
import type { Places } from "../places.ts";
import { makeRandom } from "../random.ts";
import { listPeriods, type Period } from "../residence.ts";
import { countSerials } from "../serial-numbers.ts";
import { tellStories, type Story } from "../stories.ts";
import { writeCivilStatus } from "./civil-status.ts";
import { writeEducation } from "./education.ts";
import { writeHealthInsurance } from "./health-insurance.ts";
import { writePopulation } from "./population.ts";
import type { Records, Write } from "./records.ts";

export interface RecordingSettings {
  readonly seed: number;
  readonly places: Places;
  readonly institutions: Institutions;
  readonly today: Day;
}

const registers = {
  population: writePopulation,
  "civil-status": writeCivilStatus,
  "health-insurance": writeHealthInsurance,
  education: writeEducation,
};
export type RegisterName = keyof typeof registers;

/**
 * Writes what the four registers hold of a community, and returns what is wrong with it and whose
 * life is worth looking at. Each register draws from a stream of its own.
 */
export function recordCommunity(
  settings: RecordingSettings,
  community: Community,
  writeTo: (register: RegisterName) => Write,
): { defects: readonly Defect[]; stories: Iterable<Story> } {
  const { seed, places, today } = settings;
  const streamOf = (subject: number) => makeRandom(seed, community.number, subject);
  const defects: Defect[] = [];
  const roads = streamOf(2);
  const periods = new Map<Person, readonly Period[]>(
    community.people.map((person) => [person, listPeriods(roads, places, person, today)]),
  );
  const periodsOf = (person: Person) => periods.get(person) ?? [];
  const shared: Omit<Records, "random" | "write"> = {
    ...settings,
    community,
    serials: countSerials(seed, community.number),
    flaws: drawFlaws(streamOf(3), seed, community),
    periodsOf,
    note: (defect) => defects.push(defect),
  };
  let subject = 10;
  for (const [name, write] of Object.entries(registers))
    write({ ...shared, random: streamOf(subject++), write: writeTo(name as RegisterName) });
  return { defects, stories: tellStories(community, periodsOf, defects, today) };
}
