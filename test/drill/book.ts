import { randomUUID } from "node:crypto";
import type { Country } from "../../gateway/local/country.ts";
import type { SigningGateway } from "../support/signing-gateway.ts";
import { agreesWithRegisters, drawPins, openRegisters } from "../support/truth.ts";
import type { Dossier } from "../support/truth.ts";

/** The Dossier of each person as the registers have it, read before anything goes wrong. */
export interface Book {
  readonly pins: readonly string[];
  lifeOf(pin: string): Life;
  /**
   * The same, as the other ministries tell it where they know the number alone, since nobody tells them
   * which numbers the citizen bears besides; undefined where there are none.
   */
  lifeUnderOneNumber(pin: string): Life | undefined;
}

/** A citizen's part of an answer. */
export type Life = Readonly<Record<string, unknown>>;

type Row = Record<string, unknown>;

const populationPart = `pin currentPin formerPins fullName sex birthDate
  residences { kind address unit { name province { name } } from to }`;
const otherParts: Readonly<Record<string, string>> = {
  "civil-status": "maritalHistory { __typename date registeredAt { name } spouse { pin } }",
  "health-insurance": "healthInsurance { cardNumber validTo facility { name } }",
  education: "enrolments { school { name } grade schoolYear }",
};

/** Rows in one question; half of what an owner takes. */
const batch = 500;
/** People whose page is held against the registers' own tables. */
const proofread = 50;

/**
 * Reads the book: from each ministry itself, past the gateway, and then a sample against the tables.
 *
 * @param sign makes the service tokens that the ministries ask for
 * @throws {Error} with a sentence where a page does not say what the tables do
 */
export async function readBook(
  { sectorUrls, databases }: Pick<Country, "sectorUrls" | "databases">,
  sign: SigningGateway["sign"],
  people: number,
): Promise<Book> {
  const askAll: AskAll = (name, asked, part) =>
    askMinistry({ name, url: sectorUrls[name]!, sign }, asked, part);
  const registers = openRegisters(databases);
  try {
    const pins = await drawPins(registers, people);
    const [lives, underOne] = await readLives(askAll, pins);
    for (const pin of pins.slice(0, proofread))
      if (!(await agreesWithRegisters(registers, pin, lives.get(pin) as unknown as Dossier)))
        throw new Error(
          "The ministries do not say what their tables hold, so no answer could be judged.",
        );
    return {
      pins,
      lifeOf: (pin) => lives.get(pin)!,
      lifeUnderOneNumber: (pin) => underOne.get(pin),
    };
  } finally {
    await registers.close();
  }
}

/** Asks one ministry for a part of people's lives. */
type AskAll = (name: string, people: readonly object[], part: string) => Promise<Row[]>;

async function readLives(
  askAll: AskAll,
  pins: readonly string[],
): Promise<readonly [whole: ReadonlyMap<string, Life>, underOne: ReadonlyMap<string, Life>]> {
  const asked = pins.map((pin) => ({ pin }));
  const citizens = await askAll("population", asked, populationPart);
  const names = new Map(citizens.map((citizen) => [citizen["pin"], citizen["fullName"]]));
  const rest = async (people: readonly Row[], numbers: (person: Row) => object) => {
    const bearers = people.map((person) => ({ pin: person["pin"], ...numbers(person) }));
    const parts = await Promise.all(
      Object.entries(otherParts).map(([name, part]) => askAll(name, bearers, part)),
    );
    const lives = people.map((person, place): Life => {
      const life: Row = Object.assign({}, person, ...parts.map((rows) => rows[place]));
      for (const notInTheDossier of ["currentPin", "formerPins"]) delete life[notInTheDossier];
      return life;
    });
    await nameSpouses(lives, names, askAll);
    return new Map(lives.map((life) => [String(life["pin"]), life]));
  };
  const severalNumbers = citizens.filter(
    ({ pin, currentPin, formerPins }) => pin !== currentPin || (formerPins as []).length > 0,
  );
  return [
    await rest(citizens, ({ currentPin, formerPins }) => ({ currentPin, formerPins })),
    await rest(severalNumbers, () => ({ currentPin: null, formerPins: null })),
  ];
}

/** Writes each spouse's name beside the number, as the population register has it. */
async function nameSpouses(
  lives: readonly Life[],
  names: Map<unknown, unknown>,
  askAll: AskAll,
): Promise<void> {
  const spouses = lives
    .flatMap(({ maritalHistory }) =>
      (maritalHistory as { spouse: Row | null }[]).map(({ spouse }) => spouse),
    )
    .filter((spouse) => spouse !== null);
  const strangers = new Set(spouses.flatMap(({ pin }) => (names.has(pin) ? [] : [String(pin)])));
  const asked = [...strangers].map((pin) => ({ pin }));
  for (const [place, row] of (await askAll("population", asked, "fullName")).entries())
    names.set(asked[place]!.pin, row?.["fullName"] ?? null);
  for (const spouse of spouses) spouse["fullName"] = names.get(spouse["pin"]) ?? null;
}

/** Whoever reads the book; what is told to a citizen of the own life is all that is told to anybody. */
const reader = { agency: "drill", purpose: "own-data", lane: "bulk" };

async function askMinistry(
  { name, url, sign }: { name: string; url: string; sign: SigningGateway["sign"] },
  people: readonly object[],
  part: string,
): Promise<Row[]> {
  const query = `query ($representations: [_Any!]!) {
    _entities(representations: $representations) { ... on Citizen { ${part} } }
  }`;
  const rows: Row[] = [];
  for (let first = 0; first < people.length; first += batch) {
    const representations = people
      .slice(first, first + batch)
      .map((person) => ({ __typename: "Citizen", ...person }));
    const askers = [{ ...reader, requestId: randomUUID() }];
    const extensions = { askers, rows: [] };
    const body = JSON.stringify({ query, variables: { representations }, extensions });
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${sign(name, body)}` },
      body,
    });
    const { data, errors } = (await response.json()) as {
      data: { _entities: Row[] };
      errors?: unknown;
    };
    if (errors)
      throw new Error(`A ministry does not tell what it knows: ${JSON.stringify(errors)}`);
    rows.push(...data._entities);
  }
  return rows;
}
