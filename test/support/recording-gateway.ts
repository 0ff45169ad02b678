import { randomBytes } from "node:crypto";
import type { JWTPayload } from "jose";
import { sql } from "kysely";
import { onTestFinished } from "vitest";
import { searchLog } from "../../gateway/audit/search.ts";
import type { LogFilter } from "../../gateway/audit/search.ts";
import type { StoredRow } from "../../gateway/audit/verify.ts";
import { openPool } from "../../gateway/database/pool.ts";
import type { GatewayDatabase } from "../../gateway/database/pool.ts";
import { makeAuditPlaces } from "./audit-places.ts";
import type { AuditPlaces } from "./audit-places.ts";
import { asAdmin, createGatewayDatabase } from "./database.ts";
import { startTestGateway } from "./gateway.ts";
import type { Answer, TestGateway } from "./gateway.ts";
import { startTestIssuer } from "./issuer.ts";

/** The database and folders of a log, on which gateways are started, gone with the test. */
export interface RecordingPlace {
  readonly url: string;
  readonly places: AuditPlaces;
  readonly database: GatewayDatabase;
  /** What a gateway on it needs, besides where its sources are. */
  readonly env: NodeJS.ProcessEnv;
  /** Headers of a counter officer with a case, but for what is claimed otherwise. */
  headersOf(claims?: JWTPayload): Promise<Readonly<Record<string, string>>>;
  /** Starts a gateway that the officer asks, unless a request's headers say otherwise. */
  start(env?: NodeJS.ProcessEnv): Promise<TestGateway>;
  /** The log, the oldest entry first. */
  readLog(filter?: LogFilter): Promise<StoredRow[]>;
  /** Ends all sessions of the database, and takes no more. */
  cutOff(): Promise<void>;
  restore(): Promise<void>;
  /** Takes every entry away, as an older copy would. */
  empty(): Promise<void>;
  /** Copies the database as it is, while no gateway is on it; the copy's URL. */
  copy(): Promise<string>;
}

export async function openRecordingPlace(
  sources: Readonly<Record<string, { url: string }>>,
): Promise<RecordingPlace> {
  const { url, drop } = await createGatewayDatabase();
  const places = await makeAuditPlaces();
  const issuer = await startTestIssuer(Date.now);
  const env = {
    ...places.env,
    GATEWAY_DATABASE_URL: url,
    OIDC_ISSUER: issuer.url,
    FREE_CLIENTS: "console",
    REQUESTS_PER_MINUTE: "1000000",
  };
  const headersOf = async (claims: JWTPayload = {}) => ({
    authorization: `Bearer ${await issuer.sign({ claims: { unit: "00004", ...claims } })}`,
    "x-purpose": "marital-status-certificate",
    "x-case": "HS-17/2026",
  });
  const officer = await headersOf();
  let database = openPool(url);
  const name = new URL(url).pathname.slice(1);
  onTestFinished(async () => {
    await database.destroy();
    await drop();
    await places.remove();
    await issuer.stop();
  });
  const setOpen = (open: boolean) =>
    asAdmin((admin) => admin.query(`alter database ${name} allow_connections ${open}`));
  const endSessions = () =>
    asAdmin((admin) =>
      admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [
        name,
      ]),
    );
  return {
    url,
    places,
    get database() {
      return database;
    },
    env,
    headersOf,
    async start(more = {}) {
      const gateway = await startTestGateway(sources, { ...env, ...more });
      let stopped: Promise<void> | undefined;
      const stop = () => (stopped ??= gateway.stop());
      onTestFinished(stop);
      return {
        ...gateway,
        stop,
        ask: (body, init = {}) =>
          gateway.ask(body, {
            ...init,
            headers: { ...officer, ...(init.headers as Record<string, string>) },
          }),
      };
    },
    async readLog(filter = {}) {
      const { rows } = await searchLog(database, filter, 1_000);
      return rows.toReversed();
    },
    async cutOff() {
      await setOpen(false);
      await endSessions();
    },
    async restore() {
      await setOpen(true);
    },
    async empty() {
      for (const table of ["log_entry", "log_detail", "log_node"]) {
        await sql`alter table ${sql.table(table)} disable trigger all`.execute(database);
        await sql`truncate ${sql.table(table)}`.execute(database);
      }
    },
    async copy() {
      await database.destroy();
      const copied = `copy_${randomBytes(6).toString("hex")}`;
      await asAdmin((admin) => admin.query(`create database ${copied} template ${name}`));
      onTestFinished(async () => {
        await asAdmin((admin) => admin.query(`drop database ${copied} (force)`));
      });
      database = openPool(url);
      return url.replace(name, copied);
    },
  };
}

/** What an entry's detail tells besides its columns. */
export function moreOf({ detail }: StoredRow): Record<string, unknown> {
  return JSON.parse(detail?.more ?? "{}") as Record<string, unknown>;
}

export function factsOf({ entry }: StoredRow): Record<string, unknown> {
  return JSON.parse(entry?.facts ?? "{}") as Record<string, unknown>;
}

export function codesOf({ errors = [] }: Answer): unknown[] {
  return errors.map(({ extensions }) => extensions["code"]);
}
