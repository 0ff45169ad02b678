import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { readSupergraph } from "../../../gateway/federation/supergraph.ts";
import { openSources } from "../../../gateway/source/sources.ts";
import { healthy } from "../../support/faulty-source.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an } from "../../support/ministries.ts";

const sdl = readFileSync("schema/supergraph.graphql", "utf8");
const { ministries, gateway, close } = await startMinistriesGateway();
afterAll(close);

const stateOf = async (name: string) =>
  (await gateway.sources.probe()).find((source) => source.name === name)?.state;

test("a source without a health page is unknown until it was called, then as its last call found it", async () => {
  const { education } = ministries.sources;
  education.fault = { kind: "says", status: 404, type: "text/plain", body: "" };
  expect(await stateOf("education")).toBe("unknown");
  const ask = () => gateway.ask(`{ citizen(pin: "${an}") { enrolments { grade } } }`);
  education.fault = { kind: "reset" };
  await ask();
  education.fault = { kind: "says", status: 404, type: "text/plain", body: "" };
  expect(await stateOf("education")).toBe("down");
  education.fault = healthy;
  await ask();
  education.fault = { kind: "says", status: 404, type: "text/plain", body: "" };
  expect(await stateOf("education")).toBe("up");
  education.fault = healthy;
});

test("a source with a health page is as that says", async () => {
  const { population } = ministries.sources;
  population.fault = { kind: "says", status: 200, type: "text/plain", body: "ok" };
  expect(await stateOf("population")).toBe("up");
  population.fault = { kind: "says", status: 503, type: "text/plain", body: "" };
  expect(await stateOf("population")).toBe("down");
  await population.die();
  expect(await stateOf("population")).toBe("down");
  await population.live();
  population.fault = healthy;
});

test("a source without a usable URL is refused with its name", () => {
  const open = (url: string) =>
    openSources({
      supergraph: readSupergraph(sdl, "x.graphql"),
      urls: { population: url },
      now: () => 0,
      random: () => 0,
      newId: () => "id",
      log: { warn: () => undefined, error: () => undefined },
    });
  expect(() => open("")).toThrow('The source "population" has no usable URL ("")');
  expect(() => open("file:///etc/passwd")).toThrow("expected http:// or https://");
});

test("the same question under many names is the same text at its source", async () => {
  const { population } = ministries.sources;
  const texts = new Set<string>();
  for (const name of ["", "Dossier", "Other"]) {
    await gateway.ask(`query ${name} { citizen(pin: "${an}") { fullName } }`);
    texts.add(population.requests.at(-1)!.query);
  }
  expect([...texts]).toEqual([
    "query($representations:[_Any!]!){_entities(representations:$representations){...on Citizen{fullName __lt_key_Citizen_pin:pin}}}",
  ]);
});
