import { startCountry } from "../../gateway/local/country.ts";
import { countCalls } from "../support/calls.ts";
import { agreesWithRegisters, drawPins, openRegisters } from "../support/truth.ts";
import type { Sources } from "./sources.ts";

/** The subgraphs over embedded databases, with synthetic citizens. */
export async function startRealSources(citizens: number, data: string): Promise<Sources> {
  const country = await startCountry({
    dataDirectory: data === "memory" ? data : `${data}/${citizens}`,
    citizens,
    seed: 1,
    // The other gateways have nothing to sign with.
    jwksUrl: undefined,
    portOf: () => 0,
    // Even the slowest of the gateways spends a day's records in minutes.
    environment: { ...process.env, LOG_LEVEL: "warn", POPULATION_PER_DAY: "none" },
    onStep: () => {},
    onLog: (_, line) => console.error(line),
  });
  const registers = openRegisters(country.databases);
  // More than any round takes, and not a whole large country in memory.
  const pins = await drawPins(registers, Math.min(citizens, 200_000));
  let shortestPass = Infinity;
  return {
    title: `the subgraphs, ${citizens} citizens`,
    urls: country.sectorUrls,
    meter: new URL(country.sectorUrls["population"]!).origin,
    drawPeople() {
      let next = 0;
      let begun = performance.now();
      return () => {
        if (next === pins.length) {
          next = 0;
          shortestPass = Math.min(shortestPass, (performance.now() - begun) / 1000);
          begun = performance.now();
        }
        return pins[next++]!;
      };
    },
    askedAgainAfter: () => (shortestPass === Infinity ? null : shortestPass),
    isRight: (pin, answer) => agreesWithRegisters(registers, pin, answer),
    async startCounting() {
      const { urls, calls, stop } = await countCalls(country.sectorUrls);
      return { urls, readCalls: async () => ({ ...calls }), stop };
    },
    async stop() {
      await registers.close();
      await country.stop();
    },
  };
}
