import { expect, it } from "vitest";
import { peers, startGatewayProcess } from "./gateways.ts";

it("A gateway that has ended leaves no listener behind, so that a run can have any number of them", async () => {
  const before = process.listenerCount("exit");
  const nowhere = { urls: {}, meter: null, ledger: "postgres://nowhere" };
  const gateways = await Promise.all(
    [1, 2].map(() => startGatewayProcess(peers["stock"]!, nowhere)),
  );
  await Promise.all(gateways.map((gateway) => gateway.stop()));
  expect(process.listenerCount("exit")).toBe(before);
});
