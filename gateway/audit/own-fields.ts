import type { Pin } from "../../schema/values/pin.ts";
import type { Access } from "../access.ts";
import { gatewayError } from "../errors.ts";
import { reading } from "./auditor-fields.ts";
import type { AuditFieldsSource } from "./auditor-fields.ts";
import { hashPin } from "./pin-hash.ts";
import { proveEntries } from "./proofs.ts";
import { searchLog } from "./search.ts";
import { readObject } from "./shown-entry.ts";
import type { StoredRow } from "./verify.ts";

interface PageArguments {
  readonly first: number;
  readonly after?: number | null;
}

const mostEntries = 100;

/** Kinds of entries in which somebody looked, or looked for whoever did. */
const looks: ReadonlySet<string> = new Set(["access", "search"]);

/**
 * The fields by which a citizen sees who looked at his data, each look with a proof that the log holds it.
 * Of those whose purpose delays their disclosure nothing is told until its end.
 */
export function createOwnFields(source: AuditFieldsSource) {
  return {
    me: (_arguments: object, { role, pin }: Access) => {
      if (role !== "citizen" || pin === undefined)
        throw gatewayError(
          "FORBIDDEN",
          "A citizen who signed in under his own personal number sees who looked.",
          {
            missing: "pin",
          },
        );
      return {
        accessLog: async ({ first, after }: PageArguments) => {
          if (first < 1 || first > mostEntries)
            throw gatewayError(
              "BAD_USER_INPUT",
              `first must be a whole number from 1 to ${mostEntries}.`,
              { argument: "first" },
            );
          return await reading(listLooks(source, pin as Pin, first, after ?? undefined));
        },
      };
    },
  };
}

async function listLooks(
  source: AuditFieldsSource,
  pin: Pin,
  first: number,
  after: number | undefined,
) {
  const { database, pinKeys, now } = source;
  const pins = pinKeys().map((key) => hashPin(key, pin));
  // A delay is an entry of its own beside the look, so that a look may take two.
  const { rows } = await searchLog(database, { pins }, first * 2, after);
  const hidden = new Set(rows.filter((row) => isDelay(row, now())).map(requestOf));
  const shown = rows
    .filter((row) => looks.has(row.entry?.kind ?? "") && !hidden.has(requestOf(row)))
    .slice(0, first);
  const proofs =
    shown.length === 0
      ? undefined
      : await proveEntries(
          source,
          shown.map(({ index }) => index),
        );
  return shown.map(({ index, entry, detail }) => ({
    index,
    at: entry!.at,
    agency: entry!.agency,
    purpose: entry!.purpose,
    case: detail?.caseNumber ?? null,
    fields: (readObject(detail?.more ?? "{}")["fields"] ?? []) as readonly string[],
    proof: proofs?.get(index) ?? null,
  }));
}

/** Whether an entry delays the disclosure of the look beside it beyond now. */
function isDelay({ entry }: StoredRow, now: number): boolean {
  if (entry?.kind !== "delay") return false;
  const { until } = readObject(entry.facts);
  return typeof until === "string" && Date.parse(until) > now;
}

function requestOf({ detail }: StoredRow): unknown {
  return readObject(detail?.more ?? "{}")["requestId"];
}
