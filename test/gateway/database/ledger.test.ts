import { sql } from "kysely";
import { describe, expect, onTestFinished, test } from "vitest";
import { migrate } from "../../../gateway/database/migrate.ts";
import { openPool } from "../../../gateway/database/pool.ts";
import { findRuleBroken } from "../../support/constraints.ts";
import { createEmptyDatabase, createGatewayDatabase } from "../../support/database.ts";

async function openEmpty(migrations = 1) {
  const { url } = await createEmptyDatabase();
  const pools = Array.from({ length: migrations }, () => openPool(url));
  onTestFinished(async () => void (await Promise.all(pools.map((pool) => pool.destroy()))));
  await Promise.all(pools.map((pool) => migrate(pool)));
  return pools[0]!;
}

describe("The gateway's database", () => {
  test("is migrated once by processes that start together, and is then left alone", async () => {
    const database = await openEmpty(2);
    await migrate(database);
    expect(await database.selectFrom("owner_day").selectAll().execute()).toEqual([]);
  });

  test("gives days as text and counts as numbers", async () => {
    const { rows } = await sql`
      select '2026-07-24'::date as day, '{2026-07-24,2026-07-25}'::date[] as days,
             '{}'::date[] as none, 200000::bigint as units
    `.execute(await openEmpty());
    const days = ["2026-07-24", "2026-07-25"];
    expect(rows).toEqual([{ day: "2026-07-24", days, none: [], units: 200_000 }]);
  });

  test("leaves a connection on which no answer came in time, and goes on over another", async () => {
    const { url } = await createEmptyDatabase();
    const database = openPool(url, { connections: 1, timeoutMs: 500 });
    onTestFinished(() => database.destroy());
    const read = () => sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(database);
    const before = await read();
    await expect(sql`select pg_sleep(20)`.execute(database)).rejects.toThrow("timeout");
    // The next one may still be given it, and fails at once.
    const after = await read().catch(read);
    expect(after.rows[0]!.pid).not.toBe(before.rows[0]!.pid);
  });

  const day = { source: "population", day: "2026-07-24", day_limit: 10, free: 10 };
  const lease = {
    id: "019be38a-0000-7000-8000-000000000001",
    source: "population",
    process: "019be38a-0000-7000-8000-000000000002",
    lane: "counter",
    days: ["2026-07-24"],
    units: 1,
    ends_at: "2026-07-24T10:00:00Z",
  };

  const repair = {
    ...{ source: "population", day: "2026-07-24", pot: "counter", kind: "spent", pot_known: true },
    ...{ units_before: 1, units_after: 2, meter: 2, repaired_at: "2026-07-24T10:00:00Z" },
  };

  test.each([
    ["quota_repair_pot_check", "quota_repair", { ...repair, pot: "fast" }],
    ["quota_repair_kind_check", "quota_repair", { ...repair, kind: "free" }],
    ["every_unit_is_somewhere", "owner_day", { ...day, free: 9 }],
    ["every_unit_is_somewhere", "owner_day", { ...day, bulk_spent: 1 }],
    ["owner_day_free_check", "owner_day", { ...day, free: -1, counter_spent: 11 }],
    ["owner_day_counter_leased_check", "owner_day", { ...day, free: 11, counter_leased: -1 }],
    ["lease_lane_check", "lease", { ...lease, lane: "fast" }],
    ["lease_units_check", "lease", { ...lease, units: 0 }],
    ["lease_days_check", "lease", { ...lease, days: [] }],
  ] as const)("holds to the rule %s", async (rule, table, row) => {
    const { url, drop } = await createGatewayDatabase();
    const database = openPool(url);
    onTestFinished(async () => {
      await database.destroy();
      await drop();
    });
    expect(await findRuleBroken(database, [rule, table, row])).toBe(rule);
  });
});
