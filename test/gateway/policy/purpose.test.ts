import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { choosePurpose, isRefusal } from "../../../gateway/policy/purpose.ts";
import type { Asker } from "../../../gateway/policy/purpose.ts";
import { parsePurposes } from "../../../schema/purpose.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { purposes, today } from "./asking.ts";

const officer: Asker = { role: "counter-officer", unit: "00004", acr: undefined };
const citizen: Asker = { role: "citizen", unit: undefined, acr: "2" };

const choose = (asker: Asker, purpose?: string, caseNumber?: string, day = today) =>
  choosePurpose(asker, { purpose, caseNumber }, purposes, day);

describe("the purpose of a request", () => {
  it("is the one that its header names, with the lane of that purpose and the case", () => {
    expect(choose(officer, "marital-status-certificate", "HS-2026/0001")).toEqual({
      purpose: purposes.get("marital-status-certificate"),
      caseNumber: "HS-2026/0001",
      lane: "counter",
    });
    expect(choose({ ...officer, role: "case-officer" }, "data-cleaning")).toMatchObject({
      lane: "bulk",
      caseNumber: undefined,
    });
    expect(choose(citizen, "own-data")).toMatchObject({ purpose: { code: "own-data" } });
  });

  it("is asked for where the header is missing, with all that the role may name", () => {
    expect(choose(officer)).toMatchObject({
      code: "PURPOSE_REQUIRED",
      message:
        "Say why you ask: send the header x-purpose with one of marital-status-certificate (Cấp giấy xác nhận tình trạng hôn nhân), marriage-registration (Đăng ký kết hôn), utility-supply (Cấp điện, nước (đề xuất)).",
      details: {
        missing: "x-purpose",
        purposes: ["marital-status-certificate", "marriage-registration", "utility-supply"],
        ground: expect.stringContaining("Nghị định 123/2015/NĐ-CP, Điều 21, 22, 23"),
      },
    });
    expect(choose(citizen)).toMatchObject({
      message: "Say why you ask: send the header x-purpose with own-data (Xem dữ liệu của tôi).",
    });
  });

  it.each(["integrator", "operator", "auditor"] as const)("is none for the role %s", (role) => {
    const message = expect.stringContaining(`the role ${role} has no purpose`);
    expect(choose({ ...officer, role })).toMatchObject({ code: "PURPOSE_REQUIRED", message });
    for (const purpose of purposes.keys())
      expect(choose({ ...officer, role }, purpose, "HS-1")).toMatchObject({
        code: "FORBIDDEN",
        message,
      });
  });

  it("is refused where it is another role's, or nobody's", () => {
    expect(choose(officer, "own-data")).toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringMatching(
        /^The purpose own-data is not one of the role counter-officer/,
      ),
    });
    expect(choose(officer, "Marital-Status-Certificate", "HS-1")).toMatchObject({
      code: "FORBIDDEN",
    });
  });

  it("is refused without repeating what was sent, which may be anything", () => {
    const sent = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "001302000123"));
    fc.assert(
      fc.property(sent, (purpose) => {
        const chosen = choose(officer, purpose, "HS-1");
        expect(isRefusal(chosen)).toBe(
          !purposes.has(purpose) || !purposes.get(purpose)!.roles.includes("counter-officer"),
        );
        if (purpose.length > 8) expect(JSON.stringify(chosen)).not.toContain(purpose);
      }),
    );
  });

  it("lasts as long as an act in force carries it", () => {
    const list = parsePurposes(
      JSON.stringify([
        {
          code: "a",
          name: "A",
          roles: ["citizen"],
          lane: "counter",
          legalBasis: [
            { act: "L1", from: "2026-01-01", to: "2026-06-30" },
            { act: "L2", article: "Điều 5", from: "2027-03-01" },
          ],
        },
      ]),
      "x.json",
    );
    const on = (day: string) =>
      choosePurpose(citizen, { purpose: "a", caseNumber: undefined }, list, parseCivilDate(day));
    for (const day of ["2026-01-01", "2026-06-30", "2027-03-01", "2099-01-01"])
      expect(on(day)).toMatchObject({ lane: "counter" });
    for (const day of ["2025-12-31", "2026-07-01", "2027-02-28"])
      expect(on(day)).toMatchObject({
        code: "FORBIDDEN",
        message: expect.stringContaining("rests on no act that is in force today"),
      });
  });

  it("outlives the change of the law of civil status on 01/03/2027", () => {
    for (const day of ["2027-02-28", "2027-03-01"])
      expect(choose(officer, "marriage-registration", "HS-1", parseCivilDate(day))).toMatchObject({
        lane: "counter",
      });
  });
});

describe("a case number", () => {
  it("is asked for where the purpose needs one", () => {
    expect(choose(officer, "marital-status-certificate")).toMatchObject({
      code: "FORBIDDEN",
      message:
        "For marital-status-certificate, every look-up belongs to a case: send its number in the header x-case.",
      details: { missing: "x-case", purposes: ["marital-status-certificate"] },
    });
  });

  it.each(["HS1", "2026.000.1234", "UBND-00004/HT-2026.1", "a".repeat(61)])(
    "may be %s",
    (number) => {
      expect(choose(officer, "marriage-registration", number)).toMatchObject({
        caseNumber: number,
      });
    },
  );

  it.each([
    "",
    "A1",
    " HS1",
    "-HS1",
    "../../x",
    "HS 1",
    "HS1\n",
    "HS1\r\nx-case: HS2",
    "Hồ-sơ-1",
    "HS1;drop",
    "a".repeat(62),
    "HS1\u0000",
  ])("may not be %j, and is refused also where none is needed", (number) => {
    for (const [asker, purpose] of [
      [officer, "marriage-registration"],
      [citizen, "own-data"],
    ] as const) {
      const chosen = choose(asker, purpose, number);
      expect(chosen).toMatchObject({ code: "BAD_USER_INPUT" });
      if (number.length > 3)
        expect(JSON.stringify(chosen)).not.toContain(JSON.stringify(number).slice(1, -1));
    }
  });
});

describe("an identity", () => {
  it("must name a unit where the case belongs to one", () => {
    expect(choose({ ...officer, unit: undefined }, "marriage-registration", "HS1")).toMatchObject({
      code: "FORBIDDEN",
      details: { missing: "unit" },
    });
    expect(choose({ ...officer, unit: undefined }, "utility-supply", "HS1")).toMatchObject({
      lane: "counter",
    });
  });

  it.each([["1"], [undefined], [""], ["high"], ["0x"], ["-2"]])(
    "of level %j sees no own data",
    (acr) => {
      expect(choose({ ...citizen, acr }, "own-data")).toMatchObject({
        code: "FORBIDDEN",
        details: { missing: "acr" },
      });
    },
  );

  it.each([["2"], ["3"]])("of level %s sees own data", (acr) => {
    expect(choose({ ...citizen, acr }, "own-data")).toMatchObject({ lane: "counter" });
  });
});
