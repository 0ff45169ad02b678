import { readFileSync } from "node:fs";
import { supergraphFile } from "../../schema/compose.ts";
import { startFederatedGateway } from "./federated-gateway.ts";
import type { FederatedGateway } from "./federated-gateway.ts";
import { healthy } from "./faulty-source.ts";
import { ministryNames, startMinistries } from "./ministries.ts";
import type { Ministries } from "./ministries.ts";

/** The four ministries, and a gateway that asks them. */
export interface MinistriesGateway {
  readonly ministries: Ministries;
  /** Patient, so that a busy machine fakes no time-out. */
  readonly gateway: FederatedGateway;
  /** Another gateway over the same ministries, which a test closes itself. */
  startAnother(
    options: Omit<Parameters<typeof startFederatedGateway>[0], "sdl" | "urls">,
  ): Promise<FederatedGateway>;
  /** Makes every ministry healthy again. */
  heal(): void;
  close(): Promise<void>;
}

/** Starts them, with the published supergraph. */
export async function startMinistriesGateway(): Promise<MinistriesGateway> {
  const sdl = readFileSync(supergraphFile, "utf8");
  const ministries = await startMinistries();
  const startAnother: MinistriesGateway["startAnother"] = (options) =>
    startFederatedGateway({ sdl, urls: ministries.urls, ...options });
  const gateway = await startAnother({ timeoutMs: 20_000 });
  return {
    ministries,
    gateway,
    startAnother,
    heal() {
      for (const name of ministryNames) ministries.sources[name].fault = healthy;
    },
    async close() {
      await gateway.close();
      await ministries.close();
    },
  };
}
