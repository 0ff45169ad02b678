import { describe, expect, test } from "vitest";
import { pinBirthYear, pinPlace, pinSex } from "../../../schema/values/pin.ts";
import { countSerials } from "../../../subgraphs/seed/serial-numbers.ts";

describe("Serial numbers", () => {
  test("are never given twice, whatever communities give them", () => {
    const pins = new Set<string>();
    const cards = new Set<string>();
    for (let community = 0; community < 300; community++) {
      const serials = countSerials(42, community);
      for (let taken = 0; taken < 20; taken++) {
        pins.add(serials.nextPin("001", "FEMALE", 1987));
        cards.add(serials.next("ID_CARD"));
      }
    }
    expect(pins.size).toBe(6_000);
    expect(cards.size).toBe(6_000);
  });

  test("of citizens state place, sex and birth year", () => {
    const serials = countSerials(42, 3);
    const pin = serials.nextPin("079", "FEMALE", 2004);
    expect(pin).toMatch(/^079304[0-9]{6}$/);
    expect([pinPlace(pin), pinSex(pin), pinBirthYear(pin)]).toEqual(["079", "FEMALE", 2004]);
  });

  test("look drawn: neighbours in the count are none in the numbers", () => {
    const serials = countSerials(1, 0);
    const tails = Array.from({ length: 50 }, () =>
      Number(serials.nextPin("001", "MALE", 1990).slice(6)),
    );
    const steps = tails.slice(1).map((tail, index) => Math.abs(tail - (tails[index] ?? 0)));
    expect(Math.min(...steps)).toBeGreaterThan(1_000);
  });

  test("end with a sentence, rather than with a number of somebody else", () => {
    const serials = countSerials(42, 0);
    const exhaust = () => {
      for (let taken = 0; taken < 101; taken++) serials.nextPin("001", "MALE", 1990);
    };
    expect(exhaust).toThrow("Community 0 has used up its numbers of 001090. Seed fewer citizens.");
  });
});
