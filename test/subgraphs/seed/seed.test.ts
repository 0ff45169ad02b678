import { once } from "node:events";
import { sql, type Kysely } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrateToLatest } from "../../../subgraphs/kit/database.ts";
import { destinations } from "../../../subgraphs/seed/destinations.ts";
import { createCountryDatabases, runProgram, startProgram } from "./seeded-country.ts";
import type { CountryDatabases } from "./seeded-country.ts";

let country: CountryDatabases;
const small = ["--citizens", "300", "--seed", "5"];

beforeAll(async () => {
  country = await createCountryDatabases();
});

afterAll(() => country.drop());

const databasesOf = ({ population, civilStatus, healthInsurance, education }: CountryDatabases) =>
  [population, civilStatus, healthInsurance, education] as unknown as Kysely<unknown>[];

/** Constraints and indexes, as the database would have them written. */
async function describeKeys(database: Kysely<unknown>): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as line
    from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select indexdef from pg_indexes where schemaname = 'public'
    order by 1
  `.execute(database);
  return rows.map(({ line }) => line);
}

async function digest(database: Kysely<unknown>, table: string): Promise<unknown> {
  const { rows } = await sql<{ digest: string }>`
    select count(*) || ' ' || coalesce(md5(string_agg(line, '' order by line)), '') as digest
    from (select ${sql.table(table)}::text as line from ${sql.table(table)}) as lines
  `.execute(database);
  return rows[0]?.digest;
}

const countCitizens = async ({ population }: CountryDatabases) =>
  (await population.selectFrom("citizen").select("pin").execute()).length;

describe("The seed", () => {
  test("loads so many citizens, and leaves every key and index as the migrations made it", async () => {
    const before = await Promise.all(databasesOf(country).map(describeKeys));
    expect(before.flat().length).toBeGreaterThan(60);
    const { code, stdout, stderr } = await runProgram(
      "seed",
      [...small, "--json"],
      country.environment,
    );
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: "300 of 300 citizens\n" });
    expect(JSON.parse(stdout)).toMatchObject({ citizens: 300, seed: 5, loaded: true });
    expect(await countCitizens(country)).toBe(300);
    expect(await Promise.all(databasesOf(country).map(describeKeys))).toEqual(before);
  });

  test("gives new rows identities of their own afterwards", async () => {
    const { numInsertedOrUpdatedRows } = await country.civilStatus
      .insertInto("amendment")
      .values({
        act: "BIRTH",
        act_id: 1,
        kind: "CANCELLATION",
        decision: "Quyết định 1/2026/QĐ-UBND",
        effective_from: "2026-11-02",
      })
      .executeTakeFirstOrThrow();
    expect(numInsertedOrUpdatedRows).toBe(1n);
    await country.civilStatus
      .deleteFrom("amendment")
      .where("effective_from", "=", "2026-11-02")
      .execute();
  });

  test("does nothing where the same people are", async () => {
    const again = await runProgram("seed", small, country.environment);
    expect(again).toEqual({
      code: 0,
      stdout: "300 synthetic citizens of seed 5 are here already.\n",
      stderr: "",
    });
  });

  test("refuses to load over other synthetic people, and says what to do", async () => {
    const other = await runProgram(
      "seed",
      ["--citizens", "300", "--seed", "6"],
      country.environment,
    );
    expect(other).toMatchObject({ code: 1, stdout: "" });
    expect(other.stderr).toContain("holds 300 synthetic citizens of seed 5, not 300 of seed 6");
    expect(other.stderr).toContain("--citizens 300 --seed 5");
  });

  test("gives the same rows in every database of the same seed", async () => {
    const twin = await createCountryDatabases();
    await runProgram("seed", small, twin.environment);
    const tables = [
      destinations.population,
      destinations["civil-status"],
      destinations["health-insurance"],
      destinations.education,
    ].map((destination) => destination.tables.map(({ name }) => name));
    for (const [index, database] of databasesOf(country).entries())
      for (const table of tables[index] ?? []) {
        const here = await digest(database, table);
        // Residences and cards are numbered as they come, which is the same order too.
        expect([table, here]).toEqual([
          table,
          await digest(databasesOf(twin)[index] ?? database, table),
        ]);
      }
    await twin.drop();
  });

  test("never loads over people who bear no mark of invented ones", async () => {
    const real = await createCountryDatabases();
    const pin = "001099000001";
    await real.population.insertInto("personal_number").values({ pin }).execute();
    await real.population
      .insertInto("citizen")
      .values({
        pin,
        family_name: "Trần",
        middle_name: "Văn",
        given_name: "Thật",
        full_name: "Trần Văn Thật",
        sex: "MALE",
        nationality: "Việt Nam",
      })
      .execute();
    const refused = await runProgram("seed", small, real.environment);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /POPULATION_DATABASE_URL holds rows in "personal_number" and no mark/,
    );
    expect(await countCitizens(real)).toBe(1);
    await real.drop();
  });

  test("killed in the middle leaves nothing behind, and the next one loads it all", async () => {
    const broken = await createCountryDatabases();
    const many = ["--citizens", "24000", "--seed", "5"];
    const { child, finished } = startProgram("seed", many, broken.environment);
    // Its first sign of life is a tenth of the way.
    if (child.stderr === null) throw new Error("The seed was started without a pipe.");
    await once(child.stderr, "data");
    child.kill("SIGKILL");
    await finished;
    for (const database of databasesOf(broken))
      expect((await sql`select 1 from synthetic_mark`.execute(database)).rows).toEqual([]);
    expect(await countCitizens(broken)).toBe(0);

    expect(await runProgram("seed", small, broken.environment)).toMatchObject({ code: 0 });
    expect(await countCitizens(broken)).toBe(300);
    await broken.drop();
  }, 60_000);

  test("tells a parent by its channel how far it is, and ends when the parent is gone", async () => {
    const orphan = await createCountryDatabases();
    const many = ["--citizens", "24000", "--seed", "5"];
    const { child, finished } = startProgram("seed", many, orphan.environment, true);
    const [message] = await once(child, "message");
    expect(message).toMatchObject({ progress: { total: 24000 } });
    child.disconnect();
    expect((await finished).stdout).toBe("");
    expect(child.signalCode).toBe("SIGTERM");
    expect(await countCitizens(orphan)).toBe(0);
    await orphan.drop();
  });

  test("started twice at once loads once", async () => {
    const contested = await createCountryDatabases();
    const both = await Promise.all([
      runProgram("seed", small, contested.environment),
      runProgram("seed", small, contested.environment),
    ]);
    expect(both.filter(({ stdout }) => stdout.includes("loaded in"))).toHaveLength(1);
    expect(await countCitizens(contested)).toBe(300);
    expect(await digest(contested.population as unknown as Kysely<unknown>, "citizen")).toBe(
      await digest(country.population as unknown as Kysely<unknown>, "citizen"),
    );
    await contested.drop();
  });

  test("fills what one broken off between two commits has left empty", async () => {
    const half = await createCountryDatabases();
    await runProgram("seed", small, half.environment);
    await sql`truncate school, pupil, enrolment, synthetic_mark`.execute(half.education);
    expect(await runProgram("seed", small, half.environment)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("loaded"),
    });
    expect(await digest(half.education as unknown as Kysely<unknown>, "pupil")).toBe(
      await digest(country.education as unknown as Kysely<unknown>, "pupil"),
    );
    await half.drop();
  });

  test("keeps its manifest where the sectors' tables are not", async () => {
    const manifest = country.manifest as unknown as Kysely<unknown>;
    await migrateToLatest(manifest, destinations.seed.migrations);
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables where table_schema = 'public' order by 1
    `.execute(manifest);
    const names = rows.map(({ name }) => name).filter((name) => !name.startsWith("kysely_"));
    expect(names).toEqual(["defect", "story", "synthetic_mark"]);
  });
});
