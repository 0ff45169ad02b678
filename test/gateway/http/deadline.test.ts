import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { everybody } from "../../../gateway/http/open-gate.ts";
import { limitTime } from "../../../gateway/http/deadline.ts";
import { timeUp } from "../../../gateway/access.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, dung } from "../../support/ministries.ts";

const { ministries, heal, close } = await startMinistriesGateway();
const query = `query Ask($pin: PIN!) { citizen(pin: $pin) { fullName healthInsurance { cardNumber } enrolments { grade } } }`;

describe("a request whose time is up", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    // Enough for those who answer, on a busy machine too, and less than a source's own two seconds.
    gateway = await startTestGateway(ministries.sources, { REQUEST_TIMEOUT_MS: "1500" });
  });
  afterEach(heal);
  afterAll(async () => {
    await gateway.stop();
    await close();
  });

  const ask = async (pin: string) => {
    const { status, json } = await gateway.ask(
      { query, variables: { pin } },
      { headers: await gateway.asCitizen(pin) },
    );
    const errors = (json.errors ?? []).map(({ path, message, extensions }) => ({
      field: path?.join("."),
      code: extensions["code"],
      message,
    }));
    return { status, json, errors };
  };

  it("is answered with what has come, and each field that has not is lost", async () => {
    ministries.sources.education.fault = { kind: "silent" };
    const { status, json, errors } = await ask(an);
    expect(status).toBe(200);
    expect(json.data).toEqual({
      citizen: {
        fullName: "Nguyễn Văn An",
        healthInsurance: { cardNumber: "CARD-AN" },
        enrolments: null,
      },
    });
    expect(errors).toEqual([
      {
        field: "citizen.enrolments",
        code: "SOURCE_TIMEOUT",
        message: `Time was up before the source "education" answered, so this is not known.`,
      },
    ]);
    const lines = gateway.logged.slice(-2).map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { source: "education", reasons: ["no answer before the request's time was up"] },
      { msg: "request", operation: "Ask", outcome: "partial", codes: ["SOURCE_TIMEOUT"] },
    ]);
  });

  it("asks nobody any more", async () => {
    const { population, education } = ministries.sources;
    population.fault = { kind: "silent" };
    const asked = education.requests.length;
    const { errors } = await ask(dung);
    expect(errors.map(({ field, code }) => [field, code]).toSorted()).toEqual([
      ["citizen.enrolments", "SOURCE_TIMEOUT"],
      ["citizen.fullName", "SOURCE_TIMEOUT"],
      ["citizen.healthInsurance", "SOURCE_TIMEOUT"],
    ]);
    expect(education.requests.length).toBe(asked);
  });
});

describe("the signal of a request", () => {
  const asked = { ...everybody, requestId: "r-1", lane: "counter" } as const;
  const open = (milliseconds: number) => {
    const client = new AbortController();
    const limited = limitTime({ ...asked, signal: client.signal }, milliseconds);
    return { client, ...limited, signal: limited.access.signal };
  };

  it("says whether the client went away or the time is up", async () => {
    const gone = open(60_000);
    gone.client.abort("gone");
    expect(gone.signal.reason).toBe("gone");
    gone.end();
    const slow = open(1);
    await expect.poll(() => slow.signal.aborted).toBe(true);
    expect(slow.signal.reason).toBe(timeUp);
  });

  it("is aborted from the start where the client went away before", () => {
    const client = new AbortController();
    client.abort("gone");
    const { access, end } = limitTime({ ...asked, signal: client.signal }, 60_000);
    expect(access.signal.reason).toBe("gone");
    end();
  });

  it("is not aborted once the request has ended", () => {
    const { client, signal, end } = open(60_000);
    end();
    client.abort();
    expect(signal.aborted).toBe(false);
  });
});
