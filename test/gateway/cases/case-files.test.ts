import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { keepCaseFiles } from "../../../gateway/cases/case-files.ts";
import type { CaseFiles, Opening } from "../../../gateway/cases/case-files.ts";
import { countTurns } from "../../../gateway/database/company.ts";
import { openConnections, queryOver } from "../../../gateway/database/pool.ts";
import type { GatewayDatabase } from "../../../gateway/database/pool.ts";
import { createGatewayDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";

let place: TestDatabase;
/** Of two gateways: neither remembers what the other has opened. */
let databases: [GatewayDatabase, GatewayDatabase];
let files: [CaseFiles, CaseFiles];
beforeAll(async () => {
  place = await createGatewayDatabase();
  const open = () => {
    const connections = openConnections(place.url);
    const database = queryOver(connections);
    const awaitCompany = countTurns(() => performance.now());
    return { database, files: keepCaseFiles({ database, connections, awaitCompany }) };
  };
  const [one, other] = [open(), open()];
  databases = [one.database, other.database];
  files = [one.files, other.files];
});
afterAll(async () => {
  for (const database of databases) await database.destroy();
  await place.drop();
});

let cases = 0;
const newCase = () => ({
  agency: "ubnd-00004",
  purpose: "marital-status-certificate",
  caseNumber: `HS-${++cases}/2026`,
});
const opening = (people: string[], more: Partial<Opening> = {}): Opening => ({
  ...newCase(),
  subject: "officer-lan",
  unit: "00004",
  people,
  most: 2,
  ...more,
});

describe("A case", () => {
  test("opens as many people as its purpose has, over all its requests and gateways, and not one more", async () => {
    const file = newCase();
    expect(await files[0].open(opening(["a"], file))).toBe("open");
    expect(await files[1].open(opening(["b"], file))).toBe("open");
    expect(await files[0].open(opening(["c"], file))).toBe("too-many-people");
    expect(await files[1].open(opening(["a", "c"], file))).toBe("too-many-people");
    // Whom it has opened stays open.
    expect(await files[1].open(opening(["b", "a"], file))).toBe("open");
  });

  test("is refused as a whole: of people who are too many, none is opened", async () => {
    const file = newCase();
    expect(await files[0].open(opening(["a", "b", "c"], file))).toBe("too-many-people");
    expect(await files[0].open(opening(["d", "e"], file))).toBe("open");
  });

  test("is another one of another agency, and for another purpose", async () => {
    const file = newCase();
    expect(await files[0].open(opening(["a", "b"], file))).toBe("open");
    expect(await files[0].open(opening(["c"], { ...file, agency: "ubnd-00007" }))).toBe("open");
    expect(await files[0].open(opening(["c"], { ...file, purpose: "utility-supply" }))).toBe(
      "open",
    );
  });

  test("is the business of the unit that opened it first, where that matters", async () => {
    const file = newCase();
    const elsewhere = { ...file, unit: "00007" };
    expect(await files[0].open(opening(["a"], file))).toBe("open");
    expect(await files[1].open(opening(["a"], elsewhere))).toBe("another-unit");
    expect(await files[0].open(opening(["b"], elsewhere))).toBe("another-unit");
    expect(await files[1].open(opening(["b"], file))).toBe("open");
    expect(await files[1].open(opening(["a"], { ...file, unit: undefined }))).toBe("open");
  });

  test("stays within its limit however many ask at once, at however many gateways", async () => {
    for (let round = 0; round < 10; round++) {
      const file = newCase();
      const people = Array.from({ length: 12 }, (_, index) => `person-${index}`);
      const opened = await Promise.all(
        people.map(async (person, index) =>
          (await files[index % 2]!.open(opening([person], file))) === "open" ? person : undefined,
        ),
      );
      const { people: kept } = await databases[0]
        .selectFrom("case_file")
        .select("people")
        .where("case_number", "=", file.caseNumber)
        .executeTakeFirstOrThrow();
      expect(opened.filter((person) => person !== undefined).toSorted()).toEqual(kept.toSorted());
      expect(kept).toHaveLength(2);
    }
  });

  test("of many, each is opened by itself, in one statement", async () => {
    const many = Array.from({ length: 150 }, (_, index) => opening([`person-${index}`]));
    const tooMany = opening(["a", "b", "c"]);
    const answers = await Promise.all([...many, tooMany].map(files[0].open));
    expect(answers).toEqual([...many.map(() => "open"), "too-many-people"]);
  });

  test("opens more once somebody else has confirmed it, as many as he has said", async () => {
    const file = newCase();
    await files[0].open(opening(["a", "b"], file));
    await files[1].confirm({
      ...file,
      people: 3,
      reason: "Two former spouses of the same name",
      confirmedBy: "officer-minh",
    });
    // Nobody confirms for himself.
    expect(await files[0].open(opening(["c"], { ...file, subject: "officer-minh" }))).toBe(
      "too-many-people",
    );
    expect(await files[0].open(opening(["c"], file))).toBe("open");
    expect(await files[0].open(opening(["d"], file))).toBe("too-many-people");
  });

  test("can be confirmed before anybody is opened", async () => {
    const file = newCase();
    const confirmation = { people: 3, reason: "A family", confirmedBy: "officer-minh" };
    await files[0].confirm({ ...file, ...confirmation });
    expect(await files[0].open(opening(["a", "b", "c"], file))).toBe("open");
  });
});

describe("A question about what is closed", () => {
  test("is answered three times a person and case, over all requests; the same one again costs nothing", async () => {
    const file = { ...newCase(), person: "a" };
    for (const [index, text] of ["1", "2", "2", "1", "3", "3"].entries())
      expect(await files[index % 2]!.ask({ ...file, text }, 3)).toBe(true);
    expect(await files[0].ask({ ...file, text: "4" }, 3)).toBe(false);
    expect(await files[1].ask({ ...file, text: "2" }, 3)).toBe(true);
    expect(await files[1].ask({ ...file, person: "b", text: "4" }, 3)).toBe(true);
    expect(await files[1].ask({ ...file, ...newCase(), text: "4" }, 3)).toBe(true);
  });

  test("is answered no more often where many ask at once", async () => {
    const file = { ...newCase(), person: "a" };
    const asked = Array.from({ length: 20 }, (_, index) =>
      files[index % 2]!.ask({ ...file, text: String(index) }, 3),
    );
    expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(3);
  });
});
