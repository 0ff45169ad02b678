import { afterAll, beforeAll, expect, test } from "vitest";
import type { DB } from "../../../subgraphs/health-insurance/database/types.ts";
import { healthInsurance } from "../../../subgraphs/health-insurance/server.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaFormerPin, hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { SectorUnderTest } from "../../support/sector.ts";

let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  sector = await startSectorUnderTest(healthInsurance);
  await insertRows(sector.database, tranThiHoa.healthInsurance);
});
afterAll(() => sector?.stop());

const hoa = {
  __typename: "Citizen",
  pin: hoaPin,
  currentPin: hoaPin,
  formerPins: [hoaFormerPin],
};

test("The latest card is the insurance, and older ones under a former number stand behind it", async () => {
  const { data, errors } = await sector.askEntities(
    `{ pin healthInsurance { cardNumber facility { name } }
       healthInsuranceCards { cardNumber socialInsuranceNumber group benefitLevel validFrom validTo
         continuousSince facility { code name unit { name } } } }`,
    [hoa],
  );
  expect(errors).toBeUndefined();
  const both = {
    socialInsuranceNumber: "7912345678",
    group: "DN",
    benefitLevel: 4,
    continuousSince: "2016-01-01",
  };
  expect(data._entities).toEqual([
    {
      pin: hoaPin,
      healthInsurance: { cardNumber: hoaPin, facility: null },
      healthInsuranceCards: [
        {
          ...both,
          cardNumber: hoaPin,
          validFrom: "2025-08-01",
          validTo: "2026-12-31",
          facility: null,
        },
        {
          ...both,
          cardNumber: "DN4747912345678",
          validFrom: "2016-01-01",
          validTo: "2020-12-31",
          facility: {
            code: "74015",
            name: "Trung tâm Y tế thành phố Dĩ An",
            unit: { name: "Phường Dĩ An" },
          },
        },
      ],
    },
  ]);
  expect(sector.statements).toHaveLength(1);
});

test("Without the population register the cards under the number itself are found", async () => {
  const { data } = await sector.askEntities("{ healthInsuranceCards { validFrom } }", [
    { ...hoa, currentPin: null, formerPins: null },
  ]);
  expect(data._entities).toEqual([{ healthInsuranceCards: [{ validFrom: "2025-08-01" }] }]);
});

test("A batch of 1,000 costs one statement, and who never had a card has a row without one", async () => {
  const { data, errors } = await sector.askEntities(
    "{ pin healthInsurance { cardNumber } healthInsuranceCards { cardNumber } }",
    Array.from({ length: 1_000 }, (_, i) =>
      i === 7 ? hoa : { __typename: "Citizen", pin: `0010990${String(i).padStart(5, "0")}` },
    ),
  );
  expect(errors).toBeUndefined();
  expect(data._entities).toHaveLength(1_000);
  expect(data._entities[6]).toEqual({
    pin: "001099000006",
    healthInsurance: null,
    healthInsuranceCards: [],
  });
  expect(data._entities[7].healthInsurance).toEqual({ cardNumber: hoaPin });
  expect(sector.statements).toHaveLength(1);
});
