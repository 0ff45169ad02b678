import { Kind, visit } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckFields } from "../../../subgraphs/kit/own-policy.ts";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { makePopulation } from "../../../subgraphs/population/server.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { Answer, SectorUnderTest } from "../../support/sector.ts";
import { startSigningGateway } from "../../support/signing-gateway.ts";
import type { SigningGateway } from "../../support/signing-gateway.ts";

const now = Date.UTC(2026, 5, 15, 3);

/** An owner for whom addresses are no business of schools. */
const checkFields: CheckFields = (document, purposes) => {
  const refusals: { field: string; message: string }[] = [];
  if (!purposes.has("pupil-enrolment")) return refusals;
  visit(document, {
    [Kind.FIELD]: ({ name }) => {
      if (name.value === "address")
        refusals.push({
          field: "Residence.address",
          message: "Residence.address is open for the purpose residence-check.",
        });
    },
  });
  return refusals;
};

let gateway: SigningGateway;
let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  gateway = await startSigningGateway(() => now);
  sector = await startSectorUnderTest(makePopulation({}), {
    now: () => new Date(now),
    serviceTokens: { jwksUrl: gateway.jwksUrl, monotonic: () => now, checkFields },
  });
  await insertRows(sector.database, tranThiHoa.population);
});
afterAll(async () => {
  await sector?.stop();
  await gateway?.stop();
});

const officer = { agency: "a", purpose: "residence-check", lane: "counter", requestId: "r" };
const teacher = { ...officer, agency: "b", purpose: "pupil-enrolment" };

async function call(query: string, extensions: object) {
  const body = JSON.stringify({ query, variables: { pins: [hoaPin] }, extensions });
  const response = await fetch(sector.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${gateway.sign("population", body)}`,
    },
    body,
  });
  return {
    status: response.status,
    counted: response.headers.get("meter-records"),
    body: (await response.json()) as Answer,
  };
}

const addresses =
  "query ($pins: [PIN!]!) { citizens(pins: $pins) { fullName residences { address } } }";

test("What the owner opens for a purpose is answered", async () => {
  const { status, body } = await call(addresses, { askers: [officer], rows: [0] });
  expect(status).toBe(200);
  expect(body.data.citizens[0].residences).toHaveLength(7);
});

test.each([
  ["for one purpose", { askers: [teacher], rows: [0] }],
  ["for one of two purposes of a row", { askers: [officer, teacher], rows: [[0, 1]] }],
])("What the owner keeps closed %s is refused before it is counted", async (_, extensions) => {
  const statements = sector.statements.length;
  expect(await call(addresses, extensions)).toEqual({
    status: 403,
    counted: null,
    body: {
      errors: [
        {
          message: "Residence.address is open for the purpose residence-check.",
          extensions: { code: "FORBIDDEN", fields: ["Residence.address"] },
        },
      ],
    },
  });
  expect(sector.statements).toHaveLength(statements);
});

test("A call of the gateway that does not say who asks is refused before it is counted", async () => {
  expect(await call(addresses, {})).toMatchObject({
    status: 401,
    counted: null,
    body: { errors: [{ extensions: { code: "UNAUTHENTICATED" } }] },
  });
});

test("The schema is told to the gateway for no purpose at all", async () => {
  const { body } = await call("{ _service { sdl } }", {});
  expect(body.data._service.sdl).toContain("type Citizen");
});
