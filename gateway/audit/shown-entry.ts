import type { ChargedUnits } from "./entry.ts";
import type { StoredRow } from "./verify.ts";

/** An entry as schema/gateway.graphql describes it to an auditor; what was erased is null. */
export interface ShownEntry {
  readonly index: number;
  readonly at: string;
  readonly kind: string;
  readonly agency: string;
  readonly purpose: string;
  readonly outcome: string | null;
  readonly units: readonly Pick<ChargedUnits, "source" | "lane" | "day" | "units">[];
  readonly subject: string | null;
  readonly case: string | null;
  readonly person: string | null;
  readonly requestId: string | null;
  readonly operation: string | null;
  readonly fields: readonly string[] | null;
  readonly sources:
    | readonly { readonly name: string; readonly status: string; readonly asOf: string | null }[]
    | null;
  readonly facts: string;
  readonly more: string | null;
  readonly erased: boolean;
}

export function showEntry({ index, entry, detail }: StoredRow): ShownEntry {
  const { at = "", kind = "", agency = "", purpose = "", facts = "{}" } = entry ?? {};
  const told = readObject(facts);
  const more = readObject(detail?.more ?? "{}");
  const pin = detail?.pin;
  return {
    ...{ index, at, kind, agency, purpose, facts },
    outcome: textOf(told["outcome"]),
    units: (told["units"] ?? []) as ShownEntry["units"],
    subject: detail?.subject ?? null,
    case: detail?.caseNumber ?? null,
    // The same person has the same one within a year.
    person: pin ? `${pin.key}:${Buffer.from(pin.hash).toString("base64url")}` : null,
    requestId: textOf(more["requestId"]),
    operation: textOf(more["operation"]),
    fields: (more["fields"] ?? null) as ShownEntry["fields"],
    sources: (more["sources"] ?? null) as ShownEntry["sources"],
    more: detail?.more ?? null,
    erased: detail === undefined,
  };
}

export function readObject(text: string): Readonly<Record<string, unknown>> {
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
