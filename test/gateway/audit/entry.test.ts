import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  commitDetail,
  describeOwnerWord,
  describeSearch,
  readErasure,
  writeLeaf,
} from "../../../gateway/audit/entry.ts";
import { sealEntry } from "../../../gateway/audit/seal.ts";
import { canonicalize } from "../../../schema/canonical-json.ts";
import type { Json } from "../../../schema/canonical-json.ts";
import { accessTo } from "./access.ts";

describe("An entry", () => {
  test("has canonical JSON for its leaf, whatever stands in it", () => {
    const { entry } = sealEntry(
      accessTo(1, { agency: 'H29 "é\u2028', outcome: "\\answered\n", purpose: "" }),
    );
    const leaf = writeLeaf({ ...entry, at: "2026-11-25T07:00:00.123Z" });
    const parsed = JSON.parse(leaf) as Record<string, Json>;
    expect(canonicalize(parsed)).toBe(leaf);
    expect(parsed).toMatchObject({
      agency: 'H29 "é\u2028',
      at: "2026-11-25T07:00:00.123Z",
      kind: "access",
      commitment: Buffer.from(entry.commitment).toString("base64url"),
      facts: { outcome: "\\answered\n" },
    });
  });

  test("commits to its detail by the hash of its canonical JSON, with the salt in it", () => {
    const { entry, detail } = sealEntry(accessTo(1));
    const { subject, caseNumber, pin, more } = detail;
    const text = canonicalize({
      subject,
      caseNumber,
      pin: { key: pin!.key, hash: Buffer.from(pin!.hash).toString("base64url") },
      more: JSON.parse(more) as Json,
      salt: Buffer.from(detail.salt).toString("base64url"),
    });
    const commitment = createHash("sha256").update(text).digest();
    expect(entry.commitment).toEqual(commitment);
    expect(commitDetail({ ...detail, pin: null })).not.toEqual(commitment);
  });

  test("has a salt of its own, so that equal details do not look alike", () => {
    const seals = Array.from({ length: 300 }, () => sealEntry(accessTo(1)));
    const commitments = seals.map(({ entry }) => Buffer.from(entry.commitment).toString("hex"));
    expect(new Set(commitments).size).toBe(300);
    expect(new Set(seals.map(({ detail }) => detail.salt.byteLength))).toEqual(new Set([32]));
  });

  test("has nothing in its fixed part by which two entries on one person could be joined", () => {
    const [one, other] = [1, 2].map((person) => sealEntry(accessTo(person)).entry);
    expect({ ...one, commitment: undefined }).toEqual({ ...other, commitment: undefined });
  });

  test("keeps the units apart from people, also those that were found later", () => {
    const units = [{ source: "population", lane: "bulk", day: "2026-11-25", units: 3 }] as const;
    const entry = describeOwnerWord({ call: "c2.1" }, units);
    expect(sealEntry(entry).entry.facts).toBe(
      `{"units":[{"day":"2026-11-25","lane":"bulk","source":"population","units":3}],"word":{"call":"c2.1"}}`,
    );
    expect(entry.detail).toEqual({ subject: null, caseNumber: null, pin: null, more: {} });
  });

  test("tells what an auditor searched for", () => {
    const auditor = { requestId: "r", subject: "auditor-minh", agency: "TTCP", purpose: "audit" };
    const entry = describeSearch(auditor, { pin: null, filter: { agency: "H29" } });
    expect(entry).toMatchObject({
      kind: "search",
      facts: {},
      detail: { subject: "auditor-minh", more: { filter: { agency: "H29" } } },
    });
  });
});

test("Facts that are those of no erasure are read as none", () => {
  expect(readErasure(`{"before":"2026-01-01T00:00:00.000Z","purpose":"p"}`)).toEqual({
    purpose: "p",
    before: "2026-01-01T00:00:00.000Z",
  });
  for (const facts of ["", "{}", `{"purpose":1,"before":""}`, "null", `{"purpose":"p"}`])
    expect(readErasure(facts)).toBeUndefined();
});
