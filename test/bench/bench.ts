import { startEmbeddedPostgres } from "../../gateway/local/embedded-postgres.ts";
import { runProgram } from "../../schema/program.ts";
import { compareGateways } from "./compare.ts";
import type { Comparison, Plan } from "./compare.ts";
import { ours, oursWithoutParts, peers } from "./gateways.ts";
import type { GatewayKind } from "./gateways.ts";
import { measureIdentity } from "./identity.ts";
import type { IdentityCost } from "./identity.ts";
import { startLeanSources } from "./lean-sources.ts";
import { help, readOptions } from "./options.ts";
import type { BenchOptions } from "./options.ts";
import { installPeers } from "./peers.ts";
import { startRealSources } from "./real-sources.ts";
import type { Sources } from "./sources.ts";
import { compareTable, identityTable, sizeTable } from "./tables.ts";

async function main(): Promise<number> {
  let options: BenchOptions;
  try {
    options = readOptions();
  } catch (error) {
    console.error(
      `${(error as Error).message} \`npx lien-thong bench --help\` says what there is.`,
    );
    return 2;
  }
  if (options.help) {
    console.log(help);
    return 0;
  }
  const say = (line: string) => options.json || console.log(line);
  const kinds = await chooseGateways(options, say);
  const postgres = await startEmbeddedPostgres({
    dataDirectory: "memory",
    databases: ["gateway"],
  });
  try {
    return await compareOverAll(options, { ...options, kinds, ledger: postgres.urls.gateway, say });
  } finally {
    await postgres.stop();
  }
}

/** @returns the exit code: 1 where a gateway gave a wrong answer */
async function compareOverAll(options: BenchOptions, plan: Plan): Promise<number> {
  const { say } = plan;
  const compare = async (start: Promise<Sources>, changes: Partial<Plan> = {}) => {
    const comparison = await compareOver(await start, { ...plan, ...changes });
    say(compareTable(comparison));
    return comparison;
  };
  const results: Partial<Record<"lean" | "real" | "large", Comparison>> = {};
  let identity: IdentityCost | undefined;
  if (options.sources !== "real") {
    results.lean = await compare(startLeanSources());
    if (options.identity) {
      identity = await measureIdentity(await startLeanSources(), plan);
      say(identityTable(identity));
    }
  }
  if (options.sources !== "lean") {
    say(`\nStarting a country of ${options.citizens} citizens …`);
    results.real = await compare(startRealSources(options.citizens, options.data));
  }
  if (options.large !== undefined) {
    say(`\nStarting a country of ${options.large} citizens …`);
    results.large = await compare(startRealSources(options.large, options.data), {
      kinds: [ours],
      connections: options.connections.filter((count) => count <= 32),
    });
    if (results.real) say(sizeTable(results.real, results.large));
  }
  if (options.json) console.log(JSON.stringify({ ...results, identity }, null, 2));
  const wrong = Object.values(results).some(({ wrongAnswers }) => wrongAnswers > 0);
  return wrong || (identity?.differentAnswers ?? 0) > 0 ? 1 : 0;
}

/** Ours and those asked for, as far as they can be had. */
async function chooseGateways(
  { peers: names, parts }: BenchOptions,
  say: (line: string) => unknown,
): Promise<GatewayKind[]> {
  const all = [ours, ...(parts ? oursWithoutParts : []), ...names.map((name) => peers[name]!)];
  const areThere = all.every(({ installed }) => installed) || (await installPeers(say));
  return areThere ? all : all.filter(({ installed }) => installed);
}

async function compareOver(sources: Sources, plan: Plan): Promise<Comparison> {
  try {
    return await compareGateways(sources, plan);
  } finally {
    await sources.stop();
  }
}

if (import.meta.main) await runProgram(main);
