import { describe, expect, test } from "vitest";
import { runProgram } from "./seeded-country.ts";

const nowhere = {
  POPULATION_DATABASE_URL: "postgres://nobody@127.0.0.1:9/population",
  CIVIL_STATUS_DATABASE_URL: "postgres://nobody@127.0.0.1:9/civil_status",
  HEALTH_INSURANCE_DATABASE_URL: "postgres://nobody@127.0.0.1:9/health_insurance",
  EDUCATION_DATABASE_URL: "postgres://nobody@127.0.0.1:9/education",
  SEED_DATABASE_URL: "postgres://nobody@127.0.0.1:9/seed",
};

describe("Used wrongly, the programs exit 2 with one sentence on stderr:", () => {
  test.each([
    ["seed", ["--citizens", "0"], /--citizens is a whole number from 1 to 15000000, not "0"/],
    ["seed", ["--citizens", "1e3"], /--citizens is a whole number/],
    ["seed", ["--seed", "-1"], /--seed/],
    ["seed", ["--people", "3"], /--people/],
    ["people", ["--count", "many"], /--count is a whole number from 1 to 1000, not "many"/],
    ["people", ["--story", "tragic"], /There is no story "tragic"\. Kinds are sample, moved,/],
  ] as const)("%s %j", async (program, args, sentence) => {
    const { code, stdout, stderr } = await runProgram(program, args, nowhere);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("a database that isn't named is", async () => {
    const { SEED_DATABASE_URL: _, ...rest } = nowhere;
    expect(await runProgram("seed", [], rest)).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "SEED_DATABASE_URL is not set. Set it to postgres://user:password@host:port/database.\n",
    });
  });
});

describe("--help", () => {
  test.each(["seed", "people"] as const)("of %s says what it does and reads", async (program) => {
    const { code, stdout } = await runProgram(program, ["--help"], {});
    expect(code).toBe(0);
    expect(stdout).toContain(`lien-thong ${program}`);
    expect(stdout).toContain("SEED_DATABASE_URL");
  });
});
