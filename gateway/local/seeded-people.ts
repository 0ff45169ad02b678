import { describeEnding, spawnProgram } from "./processes.ts";

/** A synthetic citizen to try, as `lien-thong people --json` names one. */
export interface SeededPerson {
  readonly pin: string;
  readonly name: string;
  /** A sentence about the life. */
  readonly sentence: string;
}

/**
 * Asks the program that knows the synthetic people.
 *
 * @param databases the variables that name the databases
 * @param args what `lien-thong people` takes, but for `--json`
 */
export async function askSeededPeople(
  databases: NodeJS.ProcessEnv,
  args: readonly string[],
): Promise<SeededPerson[]> {
  const lines: string[] = [];
  const program = spawnProgram(
    new URL("../../subgraphs/seed/people.ts", import.meta.url),
    [...args, "--json"],
    { PATH: process.env["PATH"], ...databases },
    { name: "people", onLine: (line) => lines.push(line) },
  );
  const ending = await program.ended;
  if (ending.code !== 0) throw new Error(lines.at(-1) ?? `people ${describeEnding(ending)}.`);
  return JSON.parse(lines.join("\n")) as SeededPerson[];
}
