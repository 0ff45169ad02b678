import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { population } from "../../../subgraphs/population/server.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { waitForLocks } from "../../support/locks.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { SectorUnderTest } from "../../support/sector.ts";

/** As many as the register lets work at a time. */
const connections = 10;

let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  const { makeMeter: _, ...unmetered } = population;
  sector = await startSectorUnderTest(unmetered);
  await insertRows(sector.database, tranThiHoa.population);
});
afterAll(() => sector?.stop());

/** Asks, and can hang up; what comes is nobody's concern. */
function call(selection: string): { hangUp(): void; readonly ended: Promise<unknown> } {
  const asker = new AbortController();
  const ended = fetch(sector.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: `{ citizen(pin: "${hoaPin}") ${selection} }` }),
    signal: asker.signal,
  }).then(
    (response) => response.text(),
    () => undefined,
  );
  return { hangUp: () => asker.abort(), ended };
}

const readsOf = (table: string) =>
  sector.statements.filter((statement) => statement.includes(`"${table}"`)).length;

test("Nothing more is read for an asker who has hung up, and nothing that still waited for its turn", async () => {
  const logged = sector.log.length;
  const held = await sector.database.transaction().execute(async (holder) => {
    await sql`lock table citizen`.execute(holder);
    const calls = Array.from({ length: connections }, () => call("{ residences { kind } }"));
    await waitForLocks(sector.database, connections);
    const late = call("{ fullName }");
    // Once an answer has come that needs no table, what was sent before has come too, and waits.
    await sector.ask("{ __typename }");
    for (const { hangUp } of [...calls, late]) hangUp();
    await Promise.all([...calls, late].map(({ ended }) => ended));
    // And so has what was hung up.
    await sector.ask("{ __typename }");
    return sector.statements.length;
  });
  expect(held).toBe(0);

  await call("{ fullName residences { kind } }").ended;
  expect(readsOf("citizen")).toBe(connections + 1);
  expect(readsOf("residence")).toBe(1);
  // Nobody failed: nobody was there any more.
  expect(sector.log.slice(logged).join("")).not.toContain("no answer");
});
