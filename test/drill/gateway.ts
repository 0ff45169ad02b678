import { fileURLToPath } from "node:url";
import { urlVariable } from "../../gateway/source-variables.ts";
import { spawnProgram } from "../../gateway/local/processes.ts";
import { supergraphFile } from "../../schema/compose.ts";
import type { AskerHeaders } from "../support/askers.ts";

/** The gateway under drill, a process of its own. */
export interface DrilledGateway {
  readonly url: string;
  /** What it logs from a warning on, oldest first. */
  readonly log: LogLine[];
  /** Each change of a source's line, as the gateway tells it by query. */
  readLines(): Promise<Line[]>;
  /** Calls to each source so far, by its metrics. */
  countCalls(): Promise<ReadonlyMap<string, number>>;
  stop(): Promise<unknown>;
}

export interface LogLine {
  readonly text: string;
  readonly msg: string;
  readonly source: string | undefined;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A source's line. Times in milliseconds since 1970. */
export interface Line {
  readonly name: string;
  readonly state: "UP" | "DOWN" | "RECOVERING";
  readonly since: number;
  readonly retryAt: number | null;
}

/**
 * Starts `lien-thong gateway` as it runs in production, before sources at these addresses.
 *
 * @param operator who looks at the lines
 */
export async function startDrilledGateway(
  urls: Readonly<Record<string, string>>,
  environment: NodeJS.ProcessEnv,
  operator: AskerHeaders,
): Promise<DrilledGateway> {
  const log: LogLine[] = [];
  const program = spawnProgram(
    new URL("../../gateway/cli/lien-thong.js", import.meta.url),
    ["gateway", "--port", "0", "--supergraph", fileURLToPath(supergraphFile)],
    {
      ...environment,
      ...Object.fromEntries(Object.entries(urls).map(([name, url]) => [urlVariable(name), url])),
      NODE_ENV: "production",
      LOG_LEVEL: "warn",
    },
    {
      name: "gateway",
      onLine(text, stream) {
        if (stream === "stdout") log.push(readLogLine(text));
      },
    },
  );
  const origin = await program.ready;
  const url = new URL("/graphql", origin).href;
  return {
    url,
    log,
    readLines: () => readLines(url, operator),
    countCalls: async () => readCalls(await (await fetch(new URL("/metrics", origin))).text()),
    stop: () => program.stop(),
  };
}

function readLogLine(text: string): LogLine {
  const { msg, source, time } = JSON.parse(text) as LogLine;
  return { text, msg, source, time };
}

async function readLines(url: string, headers: AskerHeaders): Promise<Line[]> {
  const response = await fetch(url, {
    method: "POST",
    headers,
    body: '{"query":"{ sources { name state since retryAt } }"}',
  });
  const { data } = (await response.json()) as {
    data: {
      sources: (Pick<Line, "name" | "state"> & { since: string; retryAt: string | null })[];
    };
  };
  return data.sources.map(({ name, state, since, retryAt }) => ({
    name,
    state,
    since: Date.parse(since),
    retryAt: retryAt === null ? null : Date.parse(retryAt),
  }));
}

function readCalls(metrics: string): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const [, source, count] of metrics.matchAll(
    /^lienthong_source_calls_total\{source="([^"]+)",[^}]*\} (\d+)$/gm,
  ))
    calls.set(source!, (calls.get(source!) ?? 0) + Number(count));
  return calls;
}
