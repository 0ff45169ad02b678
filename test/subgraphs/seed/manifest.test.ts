import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbeddedPostgres } from "../../../gateway/local/embedded-postgres.ts";
import type { EmbeddedPostgres } from "../../../gateway/local/embedded-postgres.ts";

const sectors = ["population", "civil_status", "health_insurance", "education"] as const;
let country: EmbeddedPostgres<(typeof sectors)[number] | "seed">;

beforeAll(async () => {
  country = await startEmbeddedPostgres({
    dataDirectory: "memory",
    databases: [...sectors, "seed"],
  });
});

afterAll(() => country.stop());

test.each(sectors)("The role of %s cannot open the manifest", async (sector) => {
  const own = new URL(country.urls[sector]);
  const client = new pg.Client({ connectionString: new URL("/seed", own).href });
  // Its password is right, and its own database opens.
  await expect(client.connect()).rejects.toThrow('permission denied for database "seed"');
  const door = new pg.Client({ connectionString: own.href });
  await door.connect();
  await door.end();
});
