import { expect, test } from "vitest";
import { countCharges } from "../../support/charges.ts";

test("2,000 look-ups of 200 people within a minute charge exactly 200 records", async () => {
  expect(await countCharges(2_000, 200)).toEqual({ received: 200, charged: 200, unanswered: 0 });
});
