import { readdir } from "node:fs/promises";
import { afterAll, expect, test } from "vitest";
import { bendClock } from "../../support/bent-clock.ts";
import { serveCountry } from "../../support/miniature.ts";
import { codesOf, openRecordingPlace } from "../../support/recording-gateway.ts";

const lan = "001199012345";
const country = await serveCountry({ [lan]: { fullName: "Nguyễn Thị Lan" } });
afterAll(async () => {
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

const question = {
  query: "query ($pin: PIN!) { citizen(pin: $pin) { fullName } }",
  variables: { pin: lan },
};
const signed = { headers: { "x-evidence": "required" } };

/** A gateway whose clock differs from its database's, and which signs heads each second. */
async function openWith(milliseconds: number) {
  const place = await openRecordingPlace(country);
  const clock = await bendClock(place.url);
  await clock.ahead(milliseconds);
  const gateway = await place.start({ TREE_HEADS_EVERY_SECONDS: "1" });
  const readyLog = async () => {
    const response = await fetch(`${gateway.url}/ready`);
    return ((await response.json()) as { log: Record<string, unknown> }).log;
  };
  return { place, clock, gateway, readyLog, heads: () => readdir(place.places.headsDir) };
}

test.each([8_000, -8_000])(
  "A gateway whose clock is eight seconds off signs nothing, says so, and goes on once it is right (%i ms)",
  async (off) => {
    const { clock, gateway, readyLog, heads } = await openWith(off);
    // Answers are recorded by the database's time, and need no clock of ours.
    expect((await gateway.ask(question)).json.data).toEqual({
      citizen: { fullName: "Nguyễn Thị Lan" },
    });
    const refused = await gateway.ask(question, signed);
    expect([refused.status, codesOf(refused.json)]).toEqual([503, ["EVIDENCE_UNAVAILABLE"]]);
    expect(refused.json).not.toHaveProperty("data");
    expect(JSON.stringify(refused.json)).not.toContain("Lan");
    await expect.poll(readyLog).toMatchObject({
      status: "RECORDING",
      head: null,
      notSigned: expect.stringMatching(/^The gateway's clock is [78] seconds away from the log's/),
    });
    const logged = gateway.logged.join("");
    expect(logged).toContain("more than 5 seconds away from its database's; no answer is signed.");
    expect(logged).toContain("no tree head is signed. Set both by a time server.");
    expect(await heads()).toEqual([]);

    await clock.ahead(0);
    if (off > 0) {
      // The log has entries of a time that is to come: its clock must first catch up with them.
      await expect
        .poll(async () => codesOf((await gateway.ask(question, signed)).json))
        .toEqual([]);
    }
    const answer = await gateway.ask(question, signed);
    expect(answer.json.extensions).toHaveProperty("evidence");
    await expect.poll(heads).not.toEqual([]);
    await expect.poll(readyLog).not.toHaveProperty("notSigned");
  },
);

test.each([4_000, -4_000])("One whose clock is four seconds off signs (%i ms)", async (off) => {
  const { gateway, heads, readyLog } = await openWith(off);
  expect((await gateway.ask(question, signed)).json.extensions).toHaveProperty("evidence");
  await expect.poll(heads).toEqual(["0000000000000001.jws"]);
  expect(await readyLog()).not.toHaveProperty("notSigned");
});
