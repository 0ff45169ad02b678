import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnProgram } from "../../gateway/local/processes.ts";
import { supergraphFile } from "../../schema/compose.ts";
import { readSectors } from "../../schema/sectors.ts";

/** A gateway under load: a process of its own, so that its processor time is its own. */
export interface GatewayProcess {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  stop(): Promise<unknown>;
}

/** Ours, as `lien-thong gateway` runs it, over these sectors. */
export async function startOurs(
  sectorUrls: Readonly<Record<string, string>>,
): Promise<GatewayProcess> {
  const program = spawnProgram(
    new URL("../../gateway/cli/lien-thong.ts", import.meta.url),
    ["gateway", "--port", "0", "--supergraph", supergraphFor(sectorUrls)],
    { ...process.env, LOG_LEVEL: "warn" },
    { name: "lien-thong", onLine: (line) => console.error(line) },
  );
  return running("lien-thong", program);
}

/** The stock gateway over the same sectors. */
export async function startStock(
  sectorUrls: Readonly<Record<string, string>>,
): Promise<GatewayProcess> {
  const program = spawnProgram(
    new URL("./stock-gateway.ts", import.meta.url),
    [supergraphFor(sectorUrls)],
    { ...process.env, NODE_ENV: "production" },
    { name: "stock", onLine: (line) => console.error(line) },
  );
  return running("@apollo/gateway", program);
}

async function running(
  name: string,
  program: ReturnType<typeof spawnProgram>,
): Promise<GatewayProcess> {
  const url = new URL("/graphql", await program.ready).href;
  return { name, url, pid: program.pid, stop: () => program.stop() };
}

/** The published supergraph with other addresses, in a file that goes when we do. */
function supergraphFor(sectorUrls: Readonly<Record<string, string>>): string {
  let sdl = readFileSync(supergraphFile, "utf8");
  for (const { name, terms } of readSectors())
    sdl = sdl.replace(JSON.stringify(terms.url), JSON.stringify(sectorUrls[name] ?? terms.url));
  const folder = mkdtempSync(join(tmpdir(), "lien-thong-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "supergraph.graphql");
  writeFileSync(file, sdl);
  return file;
}
