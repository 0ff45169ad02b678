import { parseArgs } from "node:util";
import { peers } from "./gateways.ts";

export const help = `lien-thong bench — the Dossier through this gateway and through others, side by side

  --peers LIST        of ${Object.keys(peers).join(", ")}: all by default. Hive Gateway is installed on first use
  --parts             also ours without batching, without the ledger and without the cache
  --identity          also ours with and without identity, policy, signed calls and log, over the dossier of a
                      certificate
  --sources KIND      lean: stand-ins that take next to no processor time, so that the gateway is measured
                      real: the subgraphs over their databases
                      both: one after the other, the default
  --connections LIST  1,32 by default
  --agencies LIST     requests come from so many agencies; the rounds are measured with the first number,
                      our calls to the sectors are counted with each: 1,34 by default
  --seconds S         length of a round, 2 by default
  --rounds R          rounds of each gateway at each number of connections, in turn; 3 by default
  --citizens N        synthetic citizens of the real sources, 20000 by default
  --large N           also measures ours over N citizens (1000000 takes some minutes to load)
  --data DIR          keeps the databases in DIR/<N>; memory by default
  --json              prints JSON alone
  --help

Each gateway is a process of its own, warmed up by thousands of requests before the first round. Every
answer is about another person. Figures are medians of the rounds; on a busy machine only ratios mean something.`;

const sourceKinds = ["lean", "real", "both"] as const;

export type BenchOptions = ReturnType<typeof readOptions>;

/**
 * Reads the command line.
 *
 * @throws {Error} with a sentence that names the flag, what it must be and what came
 */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      peers: { type: "string", default: Object.keys(peers).join(",") },
      parts: { type: "boolean", default: false },
      identity: { type: "boolean", default: false },
      sources: { type: "string", default: "both" },
      connections: { type: "string", default: "1,32" },
      agencies: { type: "string", default: "1,34" },
      seconds: { type: "string", default: "2" },
      rounds: { type: "string", default: "3" },
      citizens: { type: "string", default: "20000" },
      large: { type: "string" },
      data: { type: "string", default: "memory" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const sources = sourceKinds.find((kind) => kind === values.sources);
  if (!sources)
    throw new Error(`--sources must be ${sourceKinds.join(", ")}, not ${values.sources}.`);
  const names = values.peers.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !Object.hasOwn(peers, name));
  if (unknown !== undefined)
    throw new Error(
      `--peers must be out of ${Object.keys(peers).join(", ")}, separated by commas, not ${unknown}.`,
    );
  return {
    ...values,
    sources,
    peers: names,
    connections: readCounts("--connections", values.connections),
    agencies: readCounts("--agencies", values.agencies),
    seconds: readCount("--seconds", values.seconds),
    rounds: readCount("--rounds", values.rounds),
    citizens: readCount("--citizens", values.citizens),
    large: values.large === undefined ? undefined : readCount("--large", values.large),
  };
}

function readCount(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${flag} must be a whole number from 1 on, not ${JSON.stringify(text)}.`);
}

function readCounts(flag: string, text: string): number[] {
  return text.split(",").map((part) => readCount(flag, part));
}
