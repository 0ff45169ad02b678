import { expect, test } from "vitest";
import { readReport } from "../../../gateway/quota/report.ts";
import { answer, openCountry, reserved } from "./processes.ts";

const lanes = { counter: { floor: 30 }, case: { floor: 10, lendFrom: "15:00" } };
const resetsAt = Date.parse("2026-07-25T00:00:00+07:00");
const source = "population";

test("A report tells what each lane has used, holds and may still take today", async () => {
  const { start, owner, database, terms } = await openCountry({ perDay: 100, lanes });
  const row = { source, used: 0, reserved: 0, resetsAt };
  expect(await readReport(database, source, terms)).toEqual([
    { ...row, lane: "counter", limit: 90, remaining: 90 },
    { ...row, lane: "case", limit: 70, remaining: 70 },
    { ...row, lane: "bulk", limit: 60, remaining: 60 },
  ]);
  const process = start();
  answer(owner, reserved(await process.reserve(20, "bulk")));
  await process.close();
  reserved(await process.reserve(5));
  expect(await readReport(database, source, terms)).toEqual([
    { ...row, lane: "counter", limit: 70, reserved: 5, remaining: 65 },
    { ...row, lane: "case", limit: 50, remaining: 50 },
    { ...row, lane: "bulk", limit: 60, used: 20, remaining: 40 },
  ]);
});

test("A report of a source without a limit tells what was used", async () => {
  const { start, database, terms } = await openCountry({ perDay: null });
  const process = start();
  reserved(await process.reserve(3, "case")).settle({ kind: "doubt" });
  await process.close();
  const row = { source, limit: null, used: 0, reserved: 0, remaining: null, resetsAt };
  expect(await readReport(database, source, terms)).toEqual([
    { ...row, lane: "counter" },
    { ...row, lane: "case", used: 3 },
    { ...row, lane: "bulk" },
  ]);
});
