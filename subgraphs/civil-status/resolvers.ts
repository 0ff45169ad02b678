import type { Pin } from "../../schema/values/pin.ts";
import { readBearer } from "../kit/former-pins.ts";
import type { Bearer, CitizenReference } from "../kit/former-pins.ts";
import type { RequestContext, Sector } from "../kit/sector.ts";
import { findUnit } from "../kit/unit-columns.ts";
import { entryOfDeath } from "./book-entry.ts";
import type { BookEntry } from "./book-entry.ts";
import type { DB } from "./database/types.ts";
import type { BirthRow, CertificateRow, DeathRow, Loaders, MarriageEndRow } from "./loaders.ts";
import { listMaritalEvents } from "./marital-history.ts";
import type { MaritalEvent } from "./marital-history.ts";

type Context = RequestContext<Loaders>;

/** Every act refers to its unit by the same two columns. */
const registeredAt = (
  act: { readonly unit_code: string | null; readonly unit_from: string | null },
  _: unknown,
  { units }: Context,
) => findUnit(units, act.unit_code, act.unit_from);

/** What the types of `MaritalEvent` do not simply hold. */
const eventResolvers = {
  registeredAt,
  spouse: (event: MaritalEvent) => citizenUnder(event.spousePin),
};

export const resolvers: Sector<DB, Loaders>["resolvers"] = {
  Citizen: {
    __resolveReference: async (reference: CitizenReference) => readBearer(reference),
    maritalHistory,
    birthRegistration: async ({ pins }: Bearer, _, { loaders }) =>
      (await loaders.births.load(pins))[0] ?? null,
    deathRegistration: async ({ pins }: Bearer, _, { loaders }) =>
      (await loaders.deaths.load(pins)).find(({ pin }) => pins.includes(pin as Pin)) ?? null,
    maritalCertificates: ({ pins }: Bearer, _, { loaders }) => loaders.certificates.load(pins),
  },
  Marriage: eventResolvers,
  Divorce: eventResolvers,
  Annulment: eventResolvers,
  SpouseDeath: eventResolvers,
  Judgment: {
    number: (end: MarriageEndRow) => end.judgment_number,
    date: (end: MarriageEndRow) => end.judgment_date,
    effectiveFrom: (end: MarriageEndRow) => end.effective_from,
  },
  BookEntry: {
    registeredOn: (entry: BookEntry) => entry.registered_on,
  },
  BirthRegistration: {
    fullName: (birth: BirthRow) => birth.full_name,
    birthDate: (birth: BirthRow) => birth.birth_date,
    birthDateText: (birth: BirthRow) => birth.birth_date_text,
    registeredAt,
    mother: (birth: BirthRow) => citizenUnder(birth.mother_pin),
    motherName: (birth: BirthRow) => birth.mother_name,
    father: (birth: BirthRow) => citizenUnder(birth.father_pin),
    fatherName: (birth: BirthRow) => birth.father_name,
    entry: (birth: BirthRow): BookEntry => birth,
  },
  DeathRegistration: {
    dateText: (death: DeathRow) => death.date_text,
    registeredAt,
    entry: entryOfDeath,
  },
  MaritalCertificate: {
    registeredAt,
    entry: (certificate: CertificateRow): BookEntry => certificate,
  },
};

async function maritalHistory(
  { pins }: Bearer,
  _: unknown,
  { loaders }: Context,
): Promise<MaritalEvent[]> {
  const [marriages, ends, deaths] = await Promise.all([
    loaders.marriages.load(pins),
    loaders.marriageEnds.load(pins),
    loaders.deaths.load(pins),
  ]);
  return listMaritalEvents(pins, { marriages, ends, deaths });
}

/** Somebody whom an act names by number; all else about him is another ministry's, or another act's. */
function citizenUnder(pin: string | null): Bearer | null {
  return pin === null ? null : { pin: pin as Pin, pins: [pin as Pin] };
}
