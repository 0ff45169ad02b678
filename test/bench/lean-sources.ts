import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { readSupergraph } from "../../gateway/federation/supergraph.ts";
import { spawnProgram } from "../../gateway/local/processes.ts";
import { supergraphFile } from "../../schema/compose.ts";
import { prepareAnswer } from "./lean-answers.ts";
import { dossierQuery } from "./load.ts";
import type { Sources } from "./sources.ts";

/** Stand-ins in a process of their own that take next to no processor time: see `lean-answers.ts`. */
export async function startLeanSources(): Promise<Sources> {
  const { apiSchema } = readSupergraph(readFileSync(supergraphFile, "utf8"), "supergraph.graphql");
  const expected = await prepareAnswer(apiSchema, dossierQuery);
  const program = spawnProgram(
    new URL("./lean-server.ts", import.meta.url),
    [],
    { ...process.env, NODE_ENV: "production" },
    { name: "lean stand-ins", onLine: (line) => console.error(line) },
  );
  const anyUrl = await program.ready;
  const tell = async () =>
    (await (await fetch(anyUrl)).json()) as Record<"urls", Record<string, string>> &
      Record<"calls", Record<string, number>>;
  const { urls } = await tell();
  return {
    title: "lean stand-ins",
    urls,
    meter: null,
    drawPeople: () => drawPin,
    askedAgainAfter: () => null,
    async isRight(pin, answer) {
      return isDeepStrictEqual({ citizen: answer }, JSON.parse(expected({ pin })));
    },
    async startCounting() {
      return { urls, readCalls: async () => (await tell()).calls, stop: () => {} };
    },
    async stop() {
      await program.stop();
    },
  };
}

/** Of so many numbers that none comes twice in the time for which a gateway may remember an answer. */
function drawPin(): string {
  return `0${String(Math.floor(Math.random() * 1e11)).padStart(11, "0")}`;
}
