import { expect, it } from "vitest";
import { runCommand } from "../support/command-line.ts";

it("The benchmark shows both gateways under load, and neither of them fails or gives a wrong answer", async () => {
  const { code, stdout } = await runCommand([
    ...[
      "bench",
      "--sources",
      "lean",
      "--peers",
      "stock",
      "--connections",
      "8",
      "--agencies",
      "1,3",
    ],
    ...["--seconds", "1", "--rounds", "1", "--json"],
  ]);
  expect(code).toBe(0);
  const { lean } = JSON.parse(stdout) as {
    lean: {
      measurements: { gateway: string; requestsPerSecond: number; failures: number }[];
      calls: { gateway: string; agencies: number; total: number }[];
      checkedAnswers: number;
      wrongAnswers: number;
    };
  };
  expect(lean.measurements.map(({ gateway, failures }) => ({ gateway, failures }))).toEqual([
    { gateway: "lien-thong", failures: 0 },
    { gateway: "@apollo/gateway", failures: 0 },
  ]);
  for (const { requestsPerSecond } of lean.measurements)
    expect(requestsPerSecond).toBeGreaterThan(1);
  expect(lean.calls.map(({ gateway, agencies }) => [gateway, agencies])).toEqual([
    ["lien-thong", 1],
    ["lien-thong", 3],
    ["@apollo/gateway", 1],
  ]);
  const [ours, , stock] = lean.calls;
  expect(stock?.total).toBe(5);
  expect(ours?.total).toBeLessThan(2);
  expect(lean.checkedAnswers).toBeGreaterThan(0);
  expect(lean.wrongAnswers).toBe(0);
});
