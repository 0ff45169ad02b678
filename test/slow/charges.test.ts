import { expect, test } from "vitest";
import { countCharges } from "../support/charges.ts";

test("10,000 look-ups of 1,000 people within a minute charge exactly 1,000 records", async () => {
  const charges = await countCharges(10_000, 1_000);
  expect(charges).toEqual({ received: 1_000, charged: 1_000, unanswered: 0 });
});
