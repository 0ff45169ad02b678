import type { Insertable } from "kysely";
import type { Card, Facility } from "../../health-insurance/database/types.ts";
import { dayText } from "../day.ts";
import { listCards } from "../insurance.ts";
import { pinOn } from "../person.ts";
import { requirePin, type Records, type Table } from "./records.ts";

export const facilityTable: Table<Insertable<Facility>> = {
  name: "facility",
  columns: ["code", "name", "unit_code", "unit_from"],
};

export const cardTable: Table<Insertable<Card>> = {
  name: "card",
  columns: [
    "pin",
    "card_number",
    "social_insurance_number",
    "group_code",
    "benefit_level",
    "valid_from",
    "valid_to",
    "continuous_since",
    "facility_code",
  ],
};

/** Writes the health insurance register's rows of one community. */
export function writeHealthInsurance(records: Records): void {
  const { community, random, serials, institutions, today, write } = records;
  for (const person of community.people) {
    const cards = listCards(random, person, today);
    if (cards.length === 0) continue;
    const social = serials.next("SOCIAL_INSURANCE");
    for (const card of cards) {
      const place = card.commune ?? person.birthPlace;
      // A card of the time before numbers was later matched with the number borne when it came.
      const pin = requirePin(person) && pinOn(person, card.from);
      write(cardTable, {
        pin,
        card_number:
          card.form === "CODE_15"
            ? `${card.group}${card.benefitLevel}${place.province}${social}`
            : card.form === "PIN"
              ? pin
              : social,
        social_insurance_number: social,
        group_code: card.group,
        benefit_level: card.benefitLevel,
        valid_from: dayText(card.from),
        valid_to: dayText(card.to),
        continuous_since: dayText(card.continuousSince),
        facility_code: institutions.facilityOf(place),
      });
    }
  }
}
