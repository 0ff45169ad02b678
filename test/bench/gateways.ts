import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnProgram } from "../../gateway/local/processes.ts";
import { supergraphFile } from "../../schema/compose.ts";
import { readSectors } from "../../schema/sectors.ts";
import type { SourceTerms } from "../../schema/terms.ts";

/** A gateway that can be measured: how it is called, and how it is run. */
export interface GatewayKind {
  readonly name: string;
  readonly program: URL;
  /** After the supergraph's file. */
  readonly args: readonly string[];
  /** Of ours alone: what it changes of the owners' terms. */
  readonly terms?: Partial<SourceTerms>;
  /** Of ours alone: whether it knows who asks, and records who looked. */
  readonly named?: boolean;
  /** Whether the project itself brings its packages; the bench installs the others on first use. */
  readonly installed: boolean;
}

/** A gateway under load: a process of its own, so that its processor time is its own. */
export interface GatewayProcess {
  readonly kind: GatewayKind;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

/** What gateways stand between. */
export interface Surroundings {
  /** Where each sector answers. */
  readonly urls: Readonly<Record<string, string>>;
  /** Where the owner's meter has its doors; null where it has none. */
  readonly meter: string | null;
  /** The database in which ours keeps its ledger. */
  readonly ledger: string;
  /** What one that knows who asks needs besides, by the names of the environment. */
  readonly identity?: Readonly<Record<string, string>>;
}

/** Ours, with all of its parts. */
export const ours: GatewayKind = variant("lien-thong", {});

/** Ours without one part, so that each part's share is seen. */
export const oursWithoutParts: readonly GatewayKind[] = [
  variant("lien-thong, no batching", { batchWindowMs: 0 }),
  variant("lien-thong, no ledger", { mode: "off" }),
  variant("lien-thong, no cache", { cacheSeconds: 0, staleSeconds: 0 }),
];

/** Ours as ministries run it: it knows who asks and why, signs its calls, and records who looked. */
export const oursNamed: GatewayKind = { ...ours, name: "lien-thong, named", named: true };

function variant(name: string, terms: Partial<SourceTerms>): GatewayKind {
  const program = new URL("./our-gateway.ts", import.meta.url);
  return { name, program, args: [], terms, installed: true };
}

/** The gateways that ours is compared with, by the word that names each on the command line. */
export const peers: Readonly<Record<string, GatewayKind>> = {
  stock: {
    name: "@apollo/gateway",
    program: new URL("./stock-gateway.ts", import.meta.url),
    args: [],
    installed: true,
  },
  hive: hive("Hive Gateway", "plain"),
  "hive-rust": hive("Hive Gateway, Rust planner", "rust"),
};

function hive(name: string, planner: "plain" | "rust"): GatewayKind {
  const program = new URL("./peers/hive-gateway.js", import.meta.url);
  return { name, program, args: [planner], installed: false };
}

/** Starts one. */
export async function startGatewayProcess(
  kind: GatewayKind,
  { urls, meter, ledger, identity }: Surroundings,
): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), "lien-thong-bench-"));
  const put = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const terms = kind.terms
    ? [put("terms.json", JSON.stringify(liftLimits(kind.terms, meter)))]
    : [];
  const program = spawnProgram(
    kind.program,
    [put("supergraph.graphql", supergraphOver(urls)), ...terms, ...kind.args],
    {
      ...process.env,
      NODE_ENV: "production",
      LOG_LEVEL: "error",
      GATEWAY_DATABASE_URL: ledger,
      ...(kind.named && identity),
    },
    { name: kind.name, onLine: (line) => console.error(line) },
  );
  // Not by a listener of ours for each: there are more gateways in a run than it takes without a warning.
  void program.ended.then(() => rmSync(folder, { recursive: true, force: true }));
  const url = new URL("/graphql", await program.ready).href;
  return { kind, url, pid: program.pid, stop: () => program.stop() };
}

/** The published supergraph with other addresses. */
function supergraphOver(urls: Surroundings["urls"]): string {
  let sdl = readFileSync(supergraphFile, "utf8");
  for (const { name, terms } of readSectors())
    sdl = sdl.replace(JSON.stringify(terms.url), JSON.stringify(urls[name] ?? terms.url));
  return sdl;
}

/** More than is asked in days; the ledger counts all the same. */
const manyUnits = 1_000_000_000;

/**
 * The owners' terms by sector, without the limits of the day and of the second, which a minute of
 * load passes.
 */
function liftLimits(changes: Partial<SourceTerms>, meter: string | null) {
  return Object.fromEntries(
    readSectors().map(({ name, terms }) => [
      name,
      {
        ...terms,
        // The supergraph says it.
        url: undefined,
        perDay: manyUnits,
        callsPerSecond: null,
        meter: terms.meter === null ? null : meter,
        ...changes,
      },
    ]),
  );
}
