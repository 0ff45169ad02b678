import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { openAskers } from "./askers.ts";
import { startCommand } from "./command-line.ts";
import type { Dossier } from "./truth.ts";

const dossier = readFileSync(
  new URL("../../schema/operations/dossier.graphql", import.meta.url),
  "utf8",
);

/** On free ports, as are all systems that tests start. */
export const freePorts = ["--port", "0", "--sector-port", "0", "--issuer-port", "0"];

/** `lien-thong start` in a process of its own, from its first moment on. */
export function beginSystem(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { child, ended, stderr } = startCommand(["start", ...freePorts, ...args], { env });
  let printed = "";
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", (chunk) => {
      printed += String(chunk);
      const url = /^lien-thong ready on (\S+)$/m.exec(printed)?.[1];
      if (url !== undefined) resolve(url);
    });
    void ended.then((ran) => reject(new Error(ran.stderr)));
  });
  // Whoever ends it early need not await its readiness too.
  ready.catch(() => undefined);
  return { child, ended, ready, printed: () => printed, stderr };
}

export type System = ReturnType<typeof beginSystem>;

/** Where the development issuer of a system answers, by what it printed. */
function issuerOf({ printed }: Pick<System, "printed">): string {
  return /^ {2}issuer +(http:\S+)/m.exec(printed())![1]!;
}

/** Asks about a citizen, as the citizen. */
export async function askAsCitizen(
  system: System,
  query: string,
  pin: string,
): Promise<{ readonly data: { readonly citizen: unknown }; readonly errors?: unknown }> {
  const url = await system.ready;
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: await openAskers(issuerOf(system)).citizen(pin),
    body: JSON.stringify({ query, variables: { pin } }),
  });
  return (await response.json()) as { data: { citizen: unknown } };
}

/** Asks for a life as the README shows; nothing may be missing from the answer. */
export async function askDossier(system: System, pin: string): Promise<Dossier> {
  const { data, errors } = await askAsCitizen(system, dossier, pin);
  expect(errors).toBeUndefined();
  return data.citizen as Dossier;
}
