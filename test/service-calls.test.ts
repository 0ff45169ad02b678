import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { supergraphFile } from "../schema/compose.ts";
import { readSector } from "../schema/sectors.ts";
import type { Sector } from "../subgraphs/kit/sector.ts";
import { makeFieldCheck } from "../subgraphs/kit/opened-fields.ts";
import type { DB as EducationTables } from "../subgraphs/education/database/types.ts";
import { education } from "../subgraphs/education/server.ts";
import type { DB as PopulationTables } from "../subgraphs/population/database/types.ts";
import { makePopulation } from "../subgraphs/population/server.ts";
import { insertRows } from "./lives/life.ts";
import { hoaPin, tranThiHoa } from "./lives/tran-thi-hoa.ts";
import { startFederatedGateway } from "./support/federated-gateway.ts";
import type { Asking, FederatedGateway } from "./support/federated-gateway.ts";
import { startTestIssuer } from "./support/issuer.ts";
import { startSectorUnderTest } from "./support/sector.ts";
import type { SectorUnderTest } from "./support/sector.ts";
import { startSigningGateway } from "./support/signing-gateway.ts";
import type { SigningGateway } from "./support/signing-gateway.ts";
import { send, tapWire } from "./support/wire-tap.ts";
import type { TappedCall, WireTap } from "./support/wire-tap.ts";

/**
 * A gateway and two registers that answer it alone, each by its own policy, with somebody who listens on
 * the line between. This gateway checks no rights itself, so that it asks for whatever it is asked.
 */

const minute = 60_000;

/** Of gateway and registers alike. Ten hours on for each test, so that none fetched keys a moment ago. */
let clock = Date.UTC(2026, 5, 15, 3);
let signing: SigningGateway;
let population: SectorUnderTest<PopulationTables>;
let schools: SectorUnderTest<EducationTables>;
let tap: WireTap;
let gateway: FederatedGateway;

function startRegister<Tables, Loaders>(sector: Sector<Tables, Loaders>) {
  return startSectorUnderTest(sector, {
    now: () => new Date(clock),
    serviceTokens: {
      jwksUrl: signing.jwksUrl,
      monotonic: () => clock,
      checkFields: makeFieldCheck(readSector(sector.name).typeDefs),
    },
  });
}

beforeAll(async () => {
  signing = await startSigningGateway(() => clock);
  population = await startRegister(makePopulation({}));
  schools = await startRegister(education);
  await insertRows(population.database, tranThiHoa.population);
  tap = await tapWire(population.url);
  const elsewhere = "http://127.0.0.1:9/graphql";
  gateway = await startFederatedGateway({
    sdl: readFileSync(supergraphFile, "utf8"),
    urls: {
      population: tap.url,
      education: schools.url,
      "civil-status": elsewhere,
      "health-insurance": elsewhere,
    },
    timeoutMs: 20_000,
    terms: { population: {}, education: {} },
    signCall: ({ audience, body }) => signing.sign(audience, body),
  });
});
afterAll(async () => {
  await gateway?.close();
  tap?.close();
  await Promise.all([population?.stop(), schools?.stop()]);
  await signing?.stop();
});
beforeEach(() => {
  clock += 600 * minute;
  tap.calls.length = 0;
  tap.mode = "pass";
});

const officer: Asking = {
  agency: "ubnd-00004",
  purpose: "marriage-registration",
  caseNumber: "12/2026",
  lane: "counter",
};

const askFor = (fields: string, asking = officer) =>
  gateway.ask(
    "query ($pin: PIN!) { citizen(pin: $pin) { " + fields + " } }",
    { pin: hoaPin },
    asking,
  );

const hoa = { citizen: { fullName: "Trần Thị Hoa" } };

async function replay(call: TappedCall, url = population.url) {
  const response = await send(url, call);
  return { status: response.status, counted: response.headers.get("meter-records") };
}

const refused = { status: 401, counted: null };

test("A register that answers the gateway alone is told with each call who asks for which row, and why", async () => {
  const answer = await askFor("fullName");
  expect(answer.errors).toEqual([]);
  expect(answer.data).toEqual(hoa);
  const [{ body }] = tap.calls as [TappedCall];
  expect(JSON.parse(body)).toMatchObject({
    extensions: {
      askers: [
        {
          agency: "ubnd-00004",
          purpose: "marriage-registration",
          lane: "counter",
          requestId: expect.stringMatching(/^request-\d+$/),
          case: "12/2026",
        },
      ],
      rows: [0],
    },
  });
});

test("Each call has a token of its own, at each of the registers", async () => {
  const enrolling = { ...officer, purpose: "pupil-enrolment" };
  const ask = () => askFor("fullName enrolments { grade }", enrolling);
  const answers = [await ask(), await ask()];
  for (const { data, errors } of answers)
    expect({ data, errors }).toEqual({
      data: { citizen: { ...hoa.citizen, enrolments: [] } },
      errors: [],
    });
  const tokens = tap.calls.map(({ authorization }) => authorization);
  expect(tokens.length).toBeGreaterThan(1);
  expect(new Set(tokens).size).toBe(tokens.length);
});

describe("Whoever listens on the line", () => {
  /** A call that the gateway has made, with a token that is not spent. */
  async function steal(): Promise<TappedCall> {
    await askFor("fullName");
    tap.calls.length = 0;
    tap.mode = "keep";
    expect((await askFor("fullName")).errors).toMatchObject([
      { extensions: { code: "SOURCE_UNAVAILABLE", source: "population" } },
    ]);
    const [call] = tap.calls as [TappedCall];
    return call;
  }

  test("gets nothing by a call without its token", async () => {
    const { body } = await steal();
    expect(await replay({ authorization: undefined, body })).toEqual(refused);
  });

  test("gets nothing by the call as it was, once the register has answered it", async () => {
    const call = await steal();
    expect(await replay(call)).toEqual({ status: 200, counted: "1" });
    expect(await replay(call)).toEqual(refused);
  });

  test("gets nothing by its token for another body: of another person, purpose or case", async () => {
    const { authorization, body } = await steal();
    for (const [said, otherwise] of [
      [hoaPin, "001085007731"],
      ["marriage-registration", "own-data"],
      ["12/2026", "13/2026"],
      ["fullName", "fullName sex"],
    ] as const) {
      expect(body).toContain(said);
      expect(await replay({ authorization, body: body.replaceAll(said, otherwise) })).toEqual(
        refused,
      );
    }
    // None of that has spent it.
    expect(await replay({ authorization, body })).toEqual({ status: 200, counted: "1" });
  });

  test("gets nothing at another register", async () => {
    const call = await steal();
    expect(await replay(call, schools.url)).toEqual(refused);
  });

  test("gets nothing half a minute later", async () => {
    const call = await steal();
    clock += 36_000;
    expect(await replay(call)).toEqual(refused);
  });

  test("gets nothing by a token that is signed with the key of evidence, whatever name it bears", async () => {
    const { body } = await steal();
    const key = signing.key("evidence");
    for (const kid of [key.kid, signing.key("service").kid]) {
      const token = await signing.forge(body, { key, header: { kid } });
      expect(await replay({ authorization: `Bearer ${token}`, body })).toEqual(refused);
    }
  });
});

describe("Whoever asks a register past the gateway gets nothing", () => {
  const direct = (token: string | undefined, said: object) =>
    replay({ authorization: token && `Bearer ${token}`, body: JSON.stringify(said) });
  const question = { query: "query ($pin: PIN!) { citizen(pin: $pin) { fullName } }" };
  const asked = { ...question, variables: { pin: hoaPin } };
  const askers = [{ ...officer, requestId: "request-1" }];

  test.each<[string, () => Promise<string | undefined>, object]>([
    ["without a token", async () => undefined, asked],
    ["by saying itself who asks", async () => undefined, { ...asked, extensions: { askers } }],
    ["by an officer's access token", async () => await tokenOfPerson("counter-officer"), asked],
    ["by an auditor's access token", async () => await tokenOfPerson("auditor"), asked],
    [
      "by an officer's access token, and by saying who asks",
      async () => await tokenOfPerson("counter-officer"),
      { ...asked, extensions: { askers, rows: [0] } },
    ],
    ["by asking for its schema", async () => undefined, { query: "{ _service { sdl } }" }],
    [
      "by asking about its schema",
      async () => undefined,
      { query: "{ __schema { types { name } } }" },
    ],
  ])("%s", async (_how, token, said) => {
    const statements = population.statementsOnCitizens();
    expect(await direct(await token(), said)).toEqual(refused);
    expect(population.statementsOnCitizens()).toEqual(statements);
  });

  /** A true one of the people's issuer, which is another than the gateway. */
  async function tokenOfPerson(role: string): Promise<string> {
    const issuer = await startTestIssuer(() => clock);
    const token = await issuer.sign({ claims: { role, aud: ["lien-thong", "population"] } });
    await issuer.stop();
    return token;
  }
});

test("A call that is repeated after the line broke bears another token, and is answered", async () => {
  tap.mode = "cut-once";
  const { data, errors } = await askFor("fullName");
  expect({ data, errors }).toEqual({ data: hoa, errors: [] });
  const [first, again] = tap.calls as [TappedCall, TappedCall];
  expect(again.body).toBe(first.body);
  expect(again.authorization).not.toBe(first.authorization);
});

describe("The gateway's keys", () => {
  test("change under load, the old one is taken away, and no question stays unanswered", async () => {
    const old = signing.key("service").kid;
    const { kid } = await signing.addKey("service", clock + 2 * minute);
    let asked = 0;
    let lost = 0;
    const askOn = async (until: number) => {
      while (clock < until) {
        clock += 250;
        asked++;
        const { data, errors } = await askFor("fullName");
        if (data?.citizen?.fullName !== hoa.citizen.fullName || errors.length > 0) lost++;
      }
    };
    const load = async (milliseconds: number) => {
      const until = clock + milliseconds;
      await Promise.all(Array.from({ length: 8 }, () => askOn(until)));
    };
    await load(4 * minute);
    await signing.withdrawKey(old);
    await load(2 * minute);
    expect([...new Set(tap.calls.map(readKid))]).toEqual([old, kid]);
    expect({ lost, asked: asked > 500 }).toEqual({ lost: 0, asked: true });
  });

  test("that a register knows are good while their page is away", async () => {
    await askFor("fullName");
    signing.isAway = true;
    try {
      clock += 60 * minute;
      expect((await askFor("fullName")).data).toEqual(hoa);
    } finally {
      signing.isAway = false;
    }
  });
});

describe("The owner decides by its own policy", () => {
  const curious: Asking = { ...officer, agency: "power", purpose: "utility-supply" };

  test("what it does not open for a purpose it refuses, though the gateway asks: no row is read, none counted", async () => {
    const statements = population.statementsOnCitizens();
    const { data, errors, sources } = await askFor("fullName residences { address }", curious);
    expect(data).toEqual({ citizen: { fullName: null, residences: null } });
    for (const { extensions } of errors)
      expect(extensions).toMatchObject({ code: "SOURCE_ERROR", source: "population" });
    expect(errors).toHaveLength(2);
    expect(sources).toMatchObject([{ name: "population", status: "UNAVAILABLE" }]);
    expect(population.statementsOnCitizens()).toEqual(statements);
    expect(JSON.stringify(gateway.log.at(-1))).toContain("GraphQL error FORBIDDEN");
  });

  test("what it opens for that purpose it answers", async () => {
    expect((await askFor("fullName", curious)).data).toEqual(hoa);
  });
});

function readKid({ authorization }: TappedCall): string {
  const [header] = authorization!.replace("Bearer ", "").split(".");
  return (JSON.parse(Buffer.from(header!, "base64url").toString()) as { kid: string }).kid;
}
