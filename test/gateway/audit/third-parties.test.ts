import { afterAll, describe, expect, test } from "vitest";
import { hashPin } from "../../../gateway/audit/pin-hash.ts";
import { readPinKeys } from "../../../gateway/audit/pin-keys.ts";
import { parsePin } from "../../../schema/values/pin.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh } from "../../support/ministries.ts";
import { serveCountry } from "../../support/miniature.ts";
import { factsOf, moreOf, openRecordingPlace } from "../../support/recording-gateway.ts";
import type { RecordingPlace } from "../../support/recording-gateway.ts";

/** Lan is married to Minh; Hùng and Mai are her parents. */
const lan = "001199012345";
const minh = "001097000777";
const hung = "001070000111";
const mai = "001172000222";
const names: Readonly<Record<string, string>> = {
  [lan]: "Nguyễn Thị Lan",
  [minh]: "Phạm Văn Minh",
  [hung]: "Nguyễn Văn Hùng",
  [mai]: "Đỗ Thị Mai",
};
const personOf = (pin: string) => ({ pin, fullName: names[pin] });
const country = await serveCountry({
  [lan]: {
    ...personOf(lan),
    father: personOf(hung),
    mother: personOf(mai),
    spouseOnRecord: personOf(minh),
    maritalHistory: [{ __typename: "Marriage", date: "2020-02-02", spouse: personOf(minh) }],
  },
  [minh]: personOf(minh),
  [hung]: personOf(hung),
  [mai]: personOf(mai),
});
afterAll(async () => {
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

const about = (fields: string, more = "") => ({
  query: `query ($pin: PIN!) { citizen(pin: $pin) { ${fields} } } ${more}`,
  variables: { pin: lan },
});

/** The entries, and whom each is about. */
async function readEntries(place: RecordingPlace) {
  const [key] = await readPinKeys(place.places.pinKeysDir);
  const hashes = new Map(
    Object.keys(names).map((pin) => [
      Buffer.from(hashPin(key!, parsePin(pin)).hash).toString("hex"),
      pin,
    ]),
  );
  return (await place.readLog({ kind: "access" })).map((row) => ({
    person: hashes.get(Buffer.from(row.detail?.pin?.hash ?? []).toString("hex")),
    relation: moreOf(row)["relation"],
    fields: moreOf(row)["fields"],
    units: factsOf(row)["units"] as unknown[],
    outcome: factsOf(row)["outcome"],
    requestId: moreOf(row)["requestId"],
  }));
}

const asCitizen = async (place: RecordingPlace, pin: string) => ({
  ...(await place.headersOf({ role: "citizen", sub: `citizen-${pin}`, pin, acr: "2" })),
  "x-purpose": "own-data",
  "x-case": "",
});

describe("A citizen whom the request finds through another has an entry", () => {
  const shown = ["Citizen.fullName", "Citizen.pin"];

  test.each([
    ["a spouse of the marital history", "maritalHistory { spouse { pin fullName } }", shown],
    ["… by number alone", "maritalHistory { spouse { pin } }", ["Citizen.pin"]],
    ["… by name alone", "maritalHistory { spouse { fullName } }", ["Citizen.fullName"]],
    ["… under aliases", "h: maritalHistory { who: spouse { n: fullName p: pin } }", shown],
    [
      "… through a fragment on one kind of event",
      "maritalHistory { ... on Marriage { spouse { ...f } } }",
      shown,
    ],
    ["the spouse of the register's copy", "spouseOnRecord { pin fullName }", shown],
    ["… by name alone", "spouseOnRecord { fullName }", ["Citizen.fullName"]],
    [
      "… behind a condition that holds",
      "spouseOnRecord { fullName @include(if: true) }",
      ["Citizen.fullName"],
    ],
  ])("%s: %s", async (_who, fields, asked) => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    const fragment = fields.includes("...f") ? "fragment f on Citizen { pin fullName }" : "";
    const { json } = await gateway.ask(about(fields, fragment));
    expect(json.errors).toBeUndefined();
    expect(JSON.stringify(json.data)).toMatch(new RegExp(`${minh}|Minh`));
    expect(JSON.stringify(json)).not.toContain("__lt_key");
    const [named, found, ...others] = await readEntries(place);
    expect(others).toEqual([]);
    expect(named).toMatchObject({ person: lan, relation: undefined });
    expect(named!.units.length).toBeGreaterThan(0);
    expect(found).toEqual({
      ...{ person: minh, relation: "thirdParty", outcome: "answered" },
      ...{ fields: asked, units: [], requestId: named!.requestId },
    });
  });

  test("when the answer is kept since a moment ago, too", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    for (let n = 0; n < 2; n++) await gateway.ask(about("spouseOnRecord { fullName }"));
    const people = (await readEntries(place)).map(({ person }) => person);
    expect(people).toEqual([lan, minh, lan, minh]);
  });

  test("as father and mother of one who looks at his own data", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    await gateway.ask(about("father { fullName } mother { fullName }"), {
      headers: await asCitizen(place, lan),
    });
    const people = (await readEntries(place)).map(({ person }) => person);
    expect(people).toEqual([lan, hung, mai]);
  });

  test("and one alone, where the request names him as well", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    await gateway.ask({
      query: "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName spouseOnRecord { pin } } }",
      variables: { pins: [lan, minh] },
    });
    const entries = await readEntries(place);
    expect(entries.map(({ person, relation }) => [person, relation])).toEqual([
      [lan, undefined],
      [minh, undefined],
    ]);
  });

  test("and none where nothing of him is asked, or what is asked is left out", async () => {
    const place = await openRecordingPlace(country);
    const gateway = await place.start();
    for (const fields of [
      "spouseOnRecord { __typename }",
      "spouseOnRecord { pin @include(if: false) __typename }",
      "fullName",
    ])
      expect((await gateway.ask(about(fields))).status).toBe(200);
    const people = (await readEntries(place)).map(({ person }) => person);
    expect(people).toEqual([lan, lan, lan]);
  });

  test("also where his name was lost and his number is shown", async () => {
    const { ministries, close } = await startMinistriesGateway();
    const place = await openRecordingPlace(ministries.sources);
    const gateway = await place.start();
    ministries.sources.population.fault = { kind: "cut" };
    const { json } = await gateway.ask({
      ...about("maritalHistory { spouse { pin fullName } }"),
      variables: { pin: an },
    });
    await close();
    expect(JSON.stringify(json.data)).toContain(binh);
    const rows = await place.readLog({ kind: "access" });
    expect(rows.map((row) => moreOf(row)["relation"])).toEqual([undefined, "thirdParty"]);
    expect(factsOf(rows[1]!)).toEqual({ outcome: "partial", units: [] });
  });
});

test("He sees who looked, why and at what, with a proof", async () => {
  const place = await openRecordingPlace(country);
  const gateway = await place.start();
  await gateway.ask(about("birthDate maritalHistory { spouse { pin fullName } }"));
  const { json } = await gateway.ask(
    { query: "{ me { accessLog { agency purpose fields proof { index } } } }" },
    { headers: await asCitizen(place, minh) },
  );
  expect(json.data).toEqual({
    me: {
      accessLog: [
        {
          agency: "ubnd-00004",
          purpose: "marital-status-certificate",
          fields: ["Citizen.fullName", "Citizen.pin"],
          proof: { index: 1 },
        },
      ],
    },
  });
});

test("Who asks for a name alone is not told the number that the log needs", async () => {
  const place = await openRecordingPlace(country);
  const gateway = await place.start();
  const { json } = await gateway.ask(about("spouseOnRecord { fullName }"));
  expect(json.data).toEqual({ citizen: { spouseOnRecord: { fullName: names[minh] } } });
  expect(JSON.stringify(json)).not.toContain(minh);
});
