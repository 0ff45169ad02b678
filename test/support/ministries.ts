import { ApolloServer } from "@apollo/server";
import { ApolloServerPluginInlineTraceDisabled } from "@apollo/server/plugin/disabled";
import { startStandaloneServer } from "@apollo/server/standalone";
import { buildSubgraphSchema } from "@apollo/subgraph";
import type { GraphQLSchemaModule } from "@apollo/subgraph";
import type { DocumentNode } from "graphql";
import { readSectors } from "../../schema/sectors.ts";
import { startFaultySource } from "./faulty-source.ts";
import type { FaultySource } from "./faulty-source.ts";

type Resolvers = NonNullable<GraphQLSchemaModule["resolvers"]>;

/** Someone whom the four ministries know. */
interface Person {
  readonly pin: string;
  readonly formerPins: readonly string[];
  readonly fullName: string;
  readonly sex: "MALE" | "FEMALE";
  readonly birthDate: string;
  readonly spouse: string | null;
  readonly card: string | null;
  readonly schools: readonly string[];
  /** Entered under the first of the former numbers. */
  readonly formerSchools?: readonly string[];
}

const hanoi = {
  code: "01",
  validFrom: "1900-01-01",
  name: "Hà Nội",
  level: "PROVINCE",
  validTo: null,
};

/** An and Bình are married; Chi is single, and never had a card; Dũng went to school under a former number. */
export const an = "001085000001";
export const binh = "001188000002";
export const chi = "001199000003";
export const dung = "001090000004";
/** A well-formed number that nobody bears. */
export const nobody = "001091999999";

const people: readonly Person[] = [
  {
    pin: an,
    formerPins: [],
    fullName: "Nguyễn Văn An",
    sex: "MALE",
    birthDate: "1985-03-02",
    spouse: binh,
    card: "CARD-AN",
    schools: ["School of An"],
  },
  {
    pin: binh,
    formerPins: [],
    fullName: "Trần Thị Bình",
    sex: "FEMALE",
    birthDate: "1988",
    spouse: an,
    card: "CARD-BINH",
    schools: ["School of Bình", "Second school of Bình"],
  },
  {
    pin: chi,
    formerPins: [],
    fullName: "Lê Thị Chi",
    sex: "FEMALE",
    birthDate: "1999-12-31",
    spouse: null,
    card: null,
    schools: [],
  },
  {
    pin: dung,
    formerPins: ["001090000009"],
    fullName: "Phạm Dũng",
    sex: "MALE",
    birthDate: "1990-01",
    spouse: null,
    card: "CARD-DUNG",
    schools: [],
    formerSchools: ["School of Dũng"],
  },
];

const byPin = new Map(people.map((person) => [person.pin, person]));
const schoolsUnder = (pins: readonly string[]) =>
  people.flatMap(({ pin, formerPins, schools, formerSchools = [] }) => [
    ...(pins.includes(pin) ? schools : []),
    ...(formerPins.some((former) => pins.includes(former)) ? formerSchools : []),
  ]);
const personOf = ({ pin }: { pin: string }) => byPin.get(pin);

const resolvers: Readonly<Record<string, object>> = {
  population: {
    Query: {
      citizen: (_: unknown, { pin }: { pin: string }) => byPin.get(pin) ?? null,
      citizens: (_: unknown, { pins }: { pins: string[] }) =>
        pins.map((pin) => byPin.get(pin) ?? null),
    },
    Citizen: {
      __resolveReference: (reference: { pin: string }) => personOf(reference) ?? null,
      currentPin: ({ pin }: Person) => pin,
      // No register's answer, but another one for each person, unit and day.
      residesIn: ({ pin }: Person, { unit, on }: { unit: string; on: string }) =>
        (Number(pin.at(-1)) + Number(unit) + Number(on.slice(-2))) % 2 === 0,
      residences: ({ fullName }: Person) => [
        {
          kind: "PERMANENT",
          address: `Home of ${fullName}`,
          unit: hanoi,
          unitsNow: [hanoi],
          from: "2001",
        },
      ],
    },
    AdministrativeUnit: { province: () => hanoi },
  },
  "civil-status": {
    Citizen: {
      __resolveReference: (reference: object) => reference,
      maritalHistory: (citizen: { pin: string }) => {
        const person = personOf(citizen);
        return person?.spouse
          ? [
              {
                __typename: "Marriage",
                date: "2010-05-05",
                registeredAt: hanoi,
                spouse: { pin: person.spouse },
                spouseName: byPin.get(person.spouse)?.fullName,
                form: "REGISTERED",
              },
            ]
          : [];
      },
    },
    AdministrativeUnit: { province: () => hanoi },
  },
  "health-insurance": {
    Citizen: {
      __resolveReference: (reference: object) => reference,
      healthInsurance: (citizen: { pin: string }) => {
        const card = personOf(citizen)?.card;
        return card
          ? {
              cardNumber: card,
              validTo: "2026-12-31",
              facility: { code: "1", name: `Clinic of ${card}` },
            }
          : null;
      },
    },
  },
  education: {
    Citizen: {
      __resolveReference: (reference: object) => reference,
      enrolments: ({ pin, formerPins }: { pin: string; formerPins?: string[] | null }) =>
        schoolsUnder([pin, ...(formerPins ?? [])]).map((name) => ({
          school: { code: name, name },
          grade: 1,
          level: "PRIMARY",
          schoolYear: "2025-2026",
          state: "ATTENDING",
        })),
    },
  },
};

/** The four ministries over HTTP, each behind a server that can misbehave. */
export interface Ministries {
  readonly sources: Readonly<Record<MinistryName, FaultySource>>;
  readonly urls: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export const ministryNames = [
  "population",
  "civil-status",
  "health-insurance",
  "education",
] as const;
export type MinistryName = (typeof ministryNames)[number];

/** Starts them with the schemas of the agreement, and four people. */
export async function startMinistries(): Promise<Ministries> {
  const started = await Promise.all(
    readSectors()
      .filter(({ name }) => Object.hasOwn(resolvers, name))
      .map(async ({ name, typeDefs }) => ({
        name,
        ...(await startSubgraph(typeDefs, resolvers[name] ?? {})),
      })),
  );
  const sources = Object.fromEntries(started.map(({ name, source }) => [name, source]));
  return {
    sources: sources as Record<MinistryName, FaultySource>,
    urls: Object.fromEntries(started.map(({ name, source }) => [name, source.url])),
    async close() {
      await Promise.all(started.map(({ close }) => close()));
    },
  };
}

/** A subgraph over HTTP, behind a server that can misbehave. */
export async function startSubgraph(
  typeDefs: DocumentNode,
  resolvers: object,
): Promise<{ source: FaultySource; close(): Promise<void> }> {
  const server = new ApolloServer({
    schema: buildSubgraphSchema([{ typeDefs, resolvers: resolvers as Resolvers }]),
    // Without it, a line on stdout for each server.
    plugins: [ApolloServerPluginInlineTraceDisabled()],
  });
  const { url } = await startStandaloneServer(server, { listen: { port: 0, host: "127.0.0.1" } });
  const source = await startFaultySource(url);
  return {
    source,
    async close() {
      await source.close();
      await server.stop();
    },
  };
}
