import { afterAll, describe, expect, test } from "vitest";
import type { Alert } from "../../../gateway/audit/alerts.ts";
import { bendClock, untilInVietnam } from "../../support/bent-clock.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { serveCountry } from "../../support/miniature.ts";
import { openRecordingPlace } from "../../support/recording-gateway.ts";
import type { RecordingPlace } from "../../support/recording-gateway.ts";

/** Far from each other, so that nobody goes through a series; each is married to the next one. */
const pins = Array.from({ length: 70 }, (_, n) => `00119${String(n * 100_003).padStart(7, "0")}`);
const spouseOf = (n: number) => ({ pin: pins[(n + 1) % pins.length], fullName: "A spouse" });
const country = await serveCountry(
  Object.fromEntries(
    pins.map((pin, n) => [pin, { fullName: `Citizen ${n}`, spouseOnRecord: spouseOf(n) }]),
  ),
);
afterAll(async () => {
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

/** A gateway whose log's clock shows a time of day in Vietnam. */
async function openAt(time: string) {
  const place = await openRecordingPlace(country);
  const clock = await bendClock(place.url);
  await clock.ahead(untilInVietnam(time));
  return { place, clock, gateway: await place.start() };
}

let cases = 0;
async function lookUp(
  gateway: TestGateway,
  people: readonly string[],
  headers = {},
): Promise<void> {
  const { json } = await gateway.ask(
    {
      query: "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName spouseOnRecord { pin } } }",
      variables: { pins: people },
    },
    {
      headers: { "x-purpose": "marriage-registration", "x-case": `KH-${++cases}/2026`, ...headers },
    },
  );
  expect(json.errors).toBeUndefined();
}

async function readAlerts(place: RecordingPlace, gateway: TestGateway): Promise<Alert[]> {
  const auditor = await place.headersOf({
    role: "auditor",
    sub: "auditor-mai",
    agency: "thanh-tra-01",
  });
  const { json } = await gateway.ask(
    { query: `{ alerts(from: "2020-01-01T00:00:00Z") { kind subject agency case count } }` },
    { headers: { ...auditor, "x-purpose": "", "x-case": "" } },
  );
  expect(json.errors).toBeUndefined();
  return json.data!["alerts"] as Alert[];
}

const ofLan = { subject: "officer-lan", agency: "ubnd-00004", case: null };

describe("An auditor reads of an officer", () => {
  test("who looks up more than 60 people within an hour; whom they are married to does not count", async () => {
    const { place, gateway } = await openAt("10:30");
    for (let n = 0; n < 60; n += 4) await lookUp(gateway, pins.slice(n, n + 4));
    // Another one's people, and the same person again, are not the officer's 61st.
    const another = await place.headersOf({ sub: "officer-minh" });
    await lookUp(gateway, pins.slice(60, 64), { authorization: another["authorization"] });
    await lookUp(gateway, pins.slice(0, 1));
    expect(await readAlerts(place, gateway)).toEqual([]);
    await lookUp(gateway, pins.slice(65, 66));
    expect(await readAlerts(place, gateway)).toEqual([
      { kind: "MANY_PEOPLE", ...ofLan, count: 61 },
    ]);
  });

  test("not of one who does so in the course of two hours", async () => {
    const { place, clock, gateway } = await openAt("10:30");
    for (let n = 0; n < 64; n += 4) {
      if (n === 32) await clock.ahead(untilInVietnam("11:30"));
      await lookUp(gateway, pins.slice(n, n + 4));
    }
    expect(await readAlerts(place, gateway)).toEqual([]);
  });

  test.each(["22:30", "04:30"])("who looks up more than five at night, at %s", async (time) => {
    const { place, gateway } = await openAt(time);
    for (let n = 0; n < 5; n++) await lookUp(gateway, pins.slice(n, n + 1));
    expect(await readAlerts(place, gateway)).toEqual([]);
    await lookUp(gateway, pins.slice(5, 6));
    expect(await readAlerts(place, gateway)).toEqual([{ kind: "AT_NIGHT", ...ofLan, count: 6 }]);
  });

  test.each(["21:30", "05:30"])("not of one who does so at %s", async (time) => {
    const { place, gateway } = await openAt(time);
    for (let n = 0; n < 8; n++) await lookUp(gateway, pins.slice(n, n + 1));
    expect(await readAlerts(place, gateway)).toEqual([]);
  });

  test("not of a citizen who looks at his own data at night", async () => {
    const { place, gateway } = await openAt("23:30");
    const headers = {
      ...(await place.headersOf({ role: "citizen", sub: "citizen", pin: pins[0], acr: "2" })),
      "x-purpose": "own-data",
      "x-case": "",
    };
    for (let n = 0; n < 8; n++) await lookUp(gateway, pins.slice(0, 1), headers);
    expect(await readAlerts(place, gateway)).toEqual([]);
  });
});
