import { readBearer } from "../kit/former-pins.ts";
import type { Bearer, CitizenReference } from "../kit/former-pins.ts";
import type { Sector } from "../kit/sector.ts";
import { findUnit } from "../kit/unit-columns.ts";
import type { DB } from "./database/types.ts";
import type { CardRow, Loaders } from "./loaders.ts";

export const resolvers: Sector<DB, Loaders>["resolvers"] = {
  Citizen: {
    __resolveReference: async (reference: CitizenReference) => readBearer(reference),
    healthInsurance: async ({ pins }: Bearer, _, { loaders }) =>
      (await loaders.cards.load(pins))[0] ?? null,
    healthInsuranceCards: ({ pins }: Bearer, _, { loaders }) => loaders.cards.load(pins),
  },
  HealthInsurance: {
    cardNumber: (card: CardRow) => card.card_number,
    socialInsuranceNumber: (card: CardRow) => card.social_insurance_number,
    group: (card: CardRow) => card.group_code,
    benefitLevel: (card: CardRow) => card.benefit_level,
    validFrom: (card: CardRow) => card.valid_from,
    validTo: (card: CardRow) => card.valid_to,
    continuousSince: (card: CardRow) => card.continuous_since,
    facility: (card: CardRow) => (card.facility_code === null ? null : card),
  },
  HealthFacility: {
    code: (card: CardRow) => card.facility_code,
    name: (card: CardRow) => card.facility_name,
    unit: (card: CardRow, _, { units }) =>
      findUnit(units, card.facility_unit_code, card.facility_unit_from),
  },
};
