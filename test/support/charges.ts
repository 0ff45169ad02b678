import { readFileSync } from "node:fs";
import { supergraphFile } from "../../schema/compose.ts";
import { startFederatedGateway } from "./federated-gateway.ts";
import { serveCountry } from "./miniature.ts";

/** Officers who ask at once. */
const officers = 32;

/** What look-ups cost. */
export interface Charges {
  /** Rows that the source was asked for. */
  readonly received: number;
  /** Rows that the answers say were charged. */
  readonly charged: number;
  /** Answers without the person's name. */
  readonly unanswered: number;
}

/** Looks people up many times, all within a minute by the gateway's clock and for one agency and purpose. */
export async function countCharges(lookups: number, people: number): Promise<Charges> {
  const pins = Array.from({ length: people }, (_, at) => `001085${String(at).padStart(6, "0")}`);
  const country = await serveCountry(
    Object.fromEntries(pins.map((pin) => [pin, { fullName: `Person ${pin}` }])),
  );
  const started = Date.parse("2026-03-02T08:00:00Z");
  let asked = 0;
  const gateway = await startFederatedGateway({
    sdl: readFileSync(supergraphFile, "utf8"),
    urls: Object.fromEntries(Object.entries(country).map(([name, { url }]) => [name, url])),
    terms: { population: { timeoutMs: 20_000, cacheSeconds: 60 } },
    now: () => started + (asked / lookups) * 59_000,
  });
  let charged = 0;
  let unanswered = 0;
  const work = async () => {
    while (asked < lookups) {
      // Each person is asked for early and late, in an order that has no rhythm.
      const pin = pins[(asked++ * 7919) % people]!;
      const { data, sources } = await gateway.ask(
        `query ($pin: PIN!) { citizen(pin: $pin) { fullName } }`,
        { pin },
      );
      if (data.citizen?.fullName !== `Person ${pin}`) unanswered++;
      for (const { records } of sources) charged += records;
    }
  };
  await Promise.all(Array.from({ length: officers }, work));
  const received = country["population"]!.asked.reduce(
    (sum, { variables }) => sum + (variables!["representations"] as object[]).length,
    0,
  );
  await gateway.close();
  await Promise.all(Object.values(country).map((sector) => sector.close()));
  return { received, charged, unanswered };
}
