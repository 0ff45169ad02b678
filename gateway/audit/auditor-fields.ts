import { Malformed } from "../../schema/values/malformed.ts";
import { parsePin } from "../../schema/values/pin.ts";
import type { Access } from "../access.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { gatewayError } from "../errors.ts";
import { findAlerts } from "./alerts.ts";
import { describeSearch } from "./entry.ts";
import type { JsonObject } from "./entry.ts";
import type { AuditLog } from "./log.ts";
import { hashPin } from "./pin-hash.ts";
import type { PinHash, PinKey } from "./pin-hash.ts";
import { findHead, proveBeginning, proveEntries, showHead } from "./proofs.ts";
import type { ProofSource } from "./proofs.ts";
import { searchLog } from "./search.ts";
import { showEntry } from "./shown-entry.ts";

/** What the log's fields are answered out of. */
export interface AuditFieldsSource extends ProofSource {
  readonly log: Pick<AuditLog, "append">;
  readonly database: GatewayDatabase;
  /** Every key that is left. */
  readonly pinKeys: () => readonly PinKey[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface SearchArguments {
  readonly from?: string | null;
  readonly to?: string | null;
  readonly kind?: string | null;
  readonly agency?: string | null;
  readonly purpose?: string | null;
  readonly case?: string | null;
  readonly subject?: string | null;
  readonly pin?: string | null;
  readonly first: number;
  readonly after?: number | null;
}

/**
 * The fields of schema/gateway.graphql by which an auditor reads the log. Each search is an entry itself,
 * written before anything is read. They throw errors of the catalogue alone.
 */
export function createAuditorFields(source: AuditFieldsSource) {
  return {
    auditLog: async ({ first, after, ...asked }: SearchArguments, access: Access) => {
      refuseOthers(access);
      if (first < 1 || first > mostEntries)
        throw badInput(`first must be a whole number from 1 to ${mostEntries}.`, "first");
      const { pin, case: caseNumber, ...rest } = asked;
      const filter = { ...readTimes(rest), caseNumber: caseNumber ?? undefined };
      const pins = pin == null ? undefined : hashEach(pin, source.pinKeys());
      await recording(() => noteSearch(source, access, asked, pins?.at(-1)));
      const page = await reading(
        searchLog(source.database, { ...filter, pins }, first, after ?? undefined),
      );
      return { entries: page.rows.map(showEntry), more: page.more };
    },

    treeHead: async (_arguments: object, access: Access) => {
      refuseOthers(access);
      const head = await reading(findHead(source, 1));
      return head ? showHead(head) : null;
    },

    inclusionProof: async ({ index }: { readonly index: number }, access: Access) => {
      refuseOthers(access);
      if (index < 0) throw badInput("index counts from 0.", "index");
      const proofs = await reading(proveEntries(source, [index]));
      if (proofs) return proofs.get(index);
      throw badInput("The log has no entry of that index yet.", "index");
    },

    consistencyProof: async (
      { from, to }: { readonly from: number; readonly to: number },
      access: Access,
    ) => {
      refuseOthers(access);
      if (from < 0 || to < from) throw badInput("from must not be below 0, nor above to.", "from");
      if ((await reading(findHead(source, to))) === undefined)
        throw badInput("The log has not so many entries yet.", "to");
      return { from, to, path: await reading(proveBeginning(source, from, to)) };
    },

    alerts: async (
      { from, to }: { readonly from?: string | null; readonly to?: string | null },
      access: Access,
    ) => {
      refuseOthers(access);
      const filter = readTimes({ from, to });
      await recording(() => noteSearch(source, access, { alerts: true, from, to }, undefined));
      const since = filter.from ?? new Date(source.now() - weekMs).toISOString();
      return await reading(findAlerts(source.database, { ...filter, from: since }));
    },
  };
}

const mostEntries = 200;
const weekMs = 7 * 24 * 3_600_000;

function refuseOthers({ role }: Access): void {
  if (role !== "auditor")
    throw gatewayError("FORBIDDEN", "An auditor alone reads the log of all access.", {
      missing: "role",
    });
}

/** What was searched for, a personal number as its hash alone. */
async function noteSearch(
  { log }: AuditFieldsSource,
  access: Access,
  asked: Readonly<Record<string, unknown>>,
  pin: PinHash | undefined,
): Promise<void> {
  const { pin: _, ...plain } = asked;
  const filter = Object.fromEntries(
    Object.entries(plain).filter(([, value]) => value !== null && value !== undefined),
  ) as JsonObject;
  await log.append([describeSearch(access, { pin: pin ?? null, filter })]);
}

function readTimes<
  Given extends { from?: string | null | undefined; to?: string | null | undefined },
>(given: Given) {
  for (const name of ["from", "to"] as const) {
    const time = given[name];
    if (time != null && !/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(time))
      throw badInput(`${name} must be an instant in UTC, such as 2026-11-25T00:00:00Z.`, name);
    if (time != null && Number.isNaN(Date.parse(time)))
      throw badInput(`${name} is no instant of the calendar.`, name);
  }
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== null && value !== undefined),
  ) as { [Name in keyof Given]?: string };
}

/** A person's hash under each epoch's key that is left; the newest last. */
function hashEach(text: string, keys: readonly PinKey[]): readonly PinHash[] {
  try {
    const pin = parsePin(text);
    return keys.map((key) => hashPin(key, pin));
  } catch (error) {
    if (error instanceof Malformed) throw badInput(error.message, "pin");
    throw error;
  }
}

/** What the log answers; where it does not, that it is unavailable. */
export async function reading<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch {
    throw gatewayError("AUDIT_UNAVAILABLE", "The log cannot be read now. Ask again in a moment.");
  }
}

async function recording(write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch {
    throw gatewayError(
      "AUDIT_UNAVAILABLE",
      "This search cannot be written into the log now, so nothing is answered. Ask again in a moment.",
    );
  }
}

function badInput(message: string, argument: string) {
  return gatewayError("BAD_USER_INPUT", message, { argument });
}
