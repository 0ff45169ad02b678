import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { todayInVietnam } from "../../../schema/values/date.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, chi } from "../../support/ministries.ts";

const { ministries, close } = await startMinistriesGateway();
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway(ministries.sources);
});
afterAll(async () => {
  await gateway.stop();
  await close();
});

const noPurpose = { "x-purpose": "", "x-case": "" };

/** As somebody of a role, at an agency. */
const ask = async (role: string, query: string, agency = "ubnd-00004") =>
  (
    await gateway.ask(
      { query },
      {
        headers: {
          ...noPurpose,
          ...(await gateway.authorize({ role, agency, sub: `${role} ${agency}` })),
        },
      },
    )
  ).json;

interface Standing {
  readonly source: string;
  readonly lane: string;
  readonly limit: number;
  readonly used: number;
}

async function readCounter(role: string, agency?: string): Promise<Standing | undefined> {
  const { data } = await ask(role, "{ quota { source lane limit used } }", agency);
  return (data!["quota"] as Standing[]).find(
    ({ source, lane }) => source === "population" && lane === "counter",
  );
}

describe("What is spent of an owner's day", () => {
  test("is told to an operator and an auditor whole, to an officer of his own agency alone", async () => {
    for (const [agency, pins] of [
      ["ubnd-00004", [an]],
      ["ubnd-00007", [binh, chi]],
    ] as const)
      for (const pin of pins) {
        const headers = await gateway.authorize({ agency });
        const { json } = await gateway.ask(
          { query: `{ citizen(pin: "${pin}") { fullName } }` },
          { headers: { ...headers, "x-case": `HS-${pin}`.slice(0, 9) } },
        );
        expect(json.errors).toBeUndefined();
      }
    await expect.poll(() => readCounter("operator"), { timeout: 5_000 }).toMatchObject({ used: 3 });
    expect(await readCounter("auditor")).toMatchObject({ used: 3 });
    expect(await readCounter("counter-officer", "ubnd-00004")).toMatchObject({ used: 1 });
    const other = (await readCounter("counter-officer", "ubnd-00007"))!;
    const all = (await readCounter("operator"))!;
    expect(other.used).toBe(2);
    // What the lane may still take is the same, whoever looks.
    expect(other.limit - other.used).toBeLessThanOrEqual(all.limit - all.used);
    expect(other.limit - other.used).toBeGreaterThan(0);
  });

  test("is not told to a citizen", async () => {
    const headers = { ...(await gateway.asCitizen(an)), ...noPurpose };
    const query = "{ quota { used } grants { agency } }";
    const { json } = await gateway.ask({ query }, { headers });
    expect(json.data).toEqual({ quota: null, grants: null });
    expect(json.errors).toMatchObject([
      { path: ["quota"], extensions: { code: "FORBIDDEN", missing: "role" } },
      { path: ["grants"], extensions: { code: "FORBIDDEN", missing: "role" } },
    ]);
  });
});

describe("Records of an owner's day", () => {
  const today = todayInVietnam(new Date());
  const grant = (agency: string) =>
    `mutation { grantQuota(agency: "${agency}", source: "population", records: 5, from: "${today}", until: "${today}", reason: "56,000 pupils wait") { agency grantedBy } }`;

  test("are granted by an operator alone, who stands there by name", async () => {
    const { data, errors } = await ask("counter-officer", grant("ubnd-00004"));
    expect(data).toEqual({ grantQuota: null });
    expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN", missing: "role" } }]);
    expect((await ask("operator", grant("sgddt-01"), "cntt-01")).data).toEqual({
      grantQuota: { agency: "sgddt-01", grantedBy: "operator cntt-01" },
    });
  });

  test("that are granted are seen by their own agency, and by those who see all", async () => {
    const list = "{ grants { agency } }";
    const granted = { grants: [{ agency: "sgddt-01" }] };
    expect((await ask("education-clerk", list, "sgddt-01")).data).toEqual(granted);
    expect((await ask("education-clerk", list, "sgddt-79")).data).toEqual({ grants: [] });
    expect((await ask("auditor", list, "thanh-tra-01")).data).toEqual(granted);
  });
});
