import { describe, expect, it } from "vitest";
import { readConfig as readWhole } from "../../gateway/config.ts";
import { sourceUrl, urlVariable } from "../../gateway/source-variables.ts";

const readConfig = (env: NodeJS.ProcessEnv) => readWhole(env, { open: true });
const population = { name: "population", url: "http://localhost:4001/graphql" };

describe("where a source answers", () => {
  it("is said by its own variable, else by the supergraph", () => {
    expect(sourceUrl(readConfig({}), population)).toBe(population.url);
    const moved = readConfig({ POPULATION_URL: "https://dan-cu.example/graphql" });
    expect(sourceUrl(moved, population)).toBe("https://dan-cu.example/graphql");
  });

  it("has a variable for every name that a supergraph can give", () => {
    expect(urlVariable("civil-status")).toBe("CIVIL_STATUS_URL");
    expect(urlVariable("my.service v2")).toBe("MY_SERVICE_V2_URL");
  });

  it("is refused where it is no http URL, by its variable's name", () => {
    const wrong = readConfig({ POPULATION_URL: "localhost:4001" });
    expect(() => sourceUrl(wrong, population)).toThrow(
      'POPULATION_URL must be an http or https URL, not "localhost:4001".',
    );
    expect(() => sourceUrl(readConfig({}), { name: "a", url: "" })).toThrow(
      "The supergraph does not say where a answers; set A_URL to an http or https URL.",
    );
  });

  it("leaves other programs' variables unread", () => {
    const config = readConfig({ GATEWAY_DATABASE_URL: "postgres://x", SOME_URL: "nonsense" });
    expect(sourceUrl(config, population)).toBe(population.url);
  });
});
