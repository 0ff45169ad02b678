import { createSecretKey } from "node:crypto";
import { describeAccess } from "../../../gateway/audit/entry.ts";
import type { Access, Entry } from "../../../gateway/audit/entry.ts";
import { hashPin } from "../../../gateway/audit/pin-hash.ts";
import type { PinKey } from "../../../gateway/audit/pin-hash.ts";
import { parsePin } from "../../../schema/values/pin.ts";

export const keyOf2026: PinKey = { id: "2026", secret: createSecretKey(Buffer.alloc(32, 26)) };

/** Access to the data of a person: one of a million. */
export function accessTo(person: number, told: Partial<Access> = {}): Entry {
  return describeAccess({
    requestId: `request-${person}`,
    subject: "officer-lan",
    agency: "H29.01",
    purpose: "marital-status-certificate",
    caseNumber: `HS-${person}/2026`,
    operation: "d2f9a1c07b6e4853",
    fields: ["Citizen.birthDate", "Citizen.fullName"],
    predicates: [],
    pin: hashPin(keyOf2026, parsePin(`001190${String(person).padStart(6, "0")}`)),
    sources: [{ name: "population", status: "FRESH", asOf: "2026-11-25T07:00:00.000Z" }],
    outcome: "answered",
    units: [{ source: "population", lane: "counter", day: "2026-11-25", units: 1, call: "c2.1" }],
    ...told,
  });
}
