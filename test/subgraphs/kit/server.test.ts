import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { DB } from "../../../subgraphs/population/database/types.ts";
import { population } from "../../../subgraphs/population/server.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import { asAdmin } from "../../support/database.ts";
import { startSectorUnderTest } from "../../support/sector.ts";
import type { SectorUnderTest } from "../../support/sector.ts";

let sector: SectorUnderTest<DB>;

beforeAll(async () => {
  const { makeMeter: _, ...unmetered } = population;
  sector = await startSectorUnderTest(unmetered, { statementMs: 1_000 });
  await insertRows(sector.database, tranThiHoa.population);
});
afterAll(() => sector?.stop());

const get = async (path: string) => {
  const response = await fetch(sector.url.replace("/graphql", path));
  return { status: response.status, body: await response.json() };
};

const post = async (body: string, contentType = "application/json") => {
  const response = await fetch(sector.url, {
    method: "POST",
    headers: { "content-type": contentType },
    body,
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: response.status, body: (await response.json()) as any };
};

const askHoa = () => sector.ask(`{ citizen(pin: "${hoaPin}") { fullName } }`);

/** Takes the database away from everybody, as a server does that goes down, for as long as `work` runs. */
async function withoutDatabase(work: () => Promise<void>): Promise<void> {
  const name = new URL(sector.databaseUrl).pathname.slice(1);
  await asAdmin(async (admin) => {
    await admin.query(`alter database ${name} allow_connections false`);
    await admin.query(
      "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1",
      [name],
    );
    try {
      await work();
    } finally {
      await admin.query(`alter database ${name} allow_connections true`);
    }
  });
}

test("A register says that it lives, that it is ready, and whether its people are invented", async () => {
  expect(await get("/health")).toEqual({ status: 200, body: { alive: true } });
  expect(await get("/ready")).toEqual({ status: 200, body: { ready: true, synthetic: false } });
  await insertRows(sector.database, { synthetic_mark: [{ seed: 1, citizens: 3 }] });
  expect(await get("/ready")).toEqual({ status: 200, body: { ready: true, synthetic: true } });
});

test("While the database is gone a question costs an error, and afterwards it is answered again", async () => {
  await withoutDatabase(async () => {
    expect(await askHoa()).toEqual({
      data: { citizen: null },
      errors: [
        {
          message: "The register could not answer this.",
          path: ["citizen"],
          locations: [{ line: 1, column: 3 }],
          extensions: { code: "SOURCE_ERROR" },
        },
      ],
    });
    expect(await get("/ready")).toEqual({
      status: 503,
      body: { ready: false, reason: "The database does not answer." },
    });
    expect((await get("/health")).status).toBe(200);
  });
  expect(await askHoa()).toEqual({ data: { citizen: { fullName: "Trần Thị Hoa" } } });
  expect((await get("/ready")).status).toBe(200);
});

test("A failure of a whole batch is logged once, and never with a number or a name", async () => {
  const before = sector.log.length;
  await withoutDatabase(async () => {
    const { errors } = await sector.askEntities(
      "{ fullName }",
      Array.from({ length: 50 }, () => ({ __typename: "Citizen", pin: hoaPin })),
    );
    expect(errors).toHaveLength(50);
  });
  const lines = sector.log.slice(before).map((line) => JSON.parse(line));
  expect(lines.filter(({ msg }) => msg === "no answer")).toHaveLength(1);
  expect(lines.filter(({ msg }) => msg === "request")).toMatchObject([
    { route: "/graphql", status: 200, records: 50 },
  ]);
});

test("A statement that runs on costs its own fields after a while, and holds up nobody afterwards", async () => {
  const before = sector.log.length;
  await sql`alter table residence rename to residence_away`.execute(sector.database);
  await sql`create view residence as select residence_away.* from residence_away, pg_sleep(60)`.execute(
    sector.database,
  );
  const answer = await sector.ask(`{ citizen(pin: "${hoaPin}") { fullName residences { kind } } }`);
  await sql`drop view residence`.execute(sector.database);
  await sql`alter table residence_away rename to residence`.execute(sector.database);
  expect(answer).toEqual({
    data: { citizen: { fullName: "Trần Thị Hoa", residences: null } },
    errors: [
      {
        message: "The register could not answer this.",
        path: ["citizen", "residences"],
        locations: [{ line: 1, column: 43 }],
        extensions: { code: "SOURCE_ERROR" },
      },
    ],
  });
  expect(sector.log.slice(before).map((line) => JSON.parse(line))).toMatchObject([
    { msg: "no answer", code: "57014" },
    { msg: "request", status: 200 },
  ]);
  const { data, errors } = await sector.ask(
    `{ citizen(pin: "${hoaPin}") { residences { kind } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data.citizen.residences).toHaveLength(7);
});

test("The log has one line a request and no personal data, whatever is thrown at the register", async () => {
  const before = sector.log.length;
  await askHoa();
  await post(`{ "query": ${hoaPin} "Trần Thị Hoa" }`);
  await post(`{ citizen(pin: "${hoaPin}") { pin } }`, "text/plain");
  await post(JSON.stringify({ query: `{ citizen(pin: "${hoaPin}") { nothing } }` }));
  await get(`/citizens/${hoaPin}`);
  await sector.askEntities("{ pin }", [{ __typename: "Citizen", pin: `${hoaPin}9` }]);
  const lines = sector.log.slice(before);
  expect(lines.filter((line) => line.includes('"msg":"request"'))).toHaveLength(6);
  expect(sector.log.join("")).not.toMatch(new RegExp(`${hoaPin}|Trần`, "u"));
});

test.each([
  ["malformed JSON", "{ query: ", "application/json", 400],
  ["another content type", "query", "text/plain", 415],
  ["no query", "{}", "application/json", 400],
  ["a field that is not there", '{ "query": "{ nothing }" }', "application/json", 400],
  ["more than a full batch can be", "x".repeat(5_000_000), "application/json", 413],
])("A request with %s is refused in GraphQL's words", async (_, body, contentType, status) => {
  const answer = await post(body, contentType);
  expect(answer.status).toBe(status);
  expect(answer.body.errors).toHaveLength(1);
  expect(answer.body.errors[0].message).toMatch(/\w/);
  expect(JSON.stringify(answer.body)).not.toContain("node_modules");
});

test("A full batch with former numbers fits into a request", async () => {
  const { data, errors } = await sector.askEntities(
    "{ pin }",
    Array.from({ length: 1_000 }, (_, i) => ({
      __typename: "Citizen",
      pin: `0010990${String(i).padStart(5, "0")}`,
      formerPins: Array.from({ length: 100 }, () => hoaPin),
    })),
  );
  expect(errors).toBeUndefined();
  expect(data._entities).toHaveLength(1_000);
});

test("Other doors are shut, and no page is loaded from elsewhere", async () => {
  expect(await get("/")).toEqual({
    status: 404,
    body: { errors: [{ message: "There is nothing here. Ask POST /graphql." }] },
  });
  expect((await get("/graphql?query={__typename}")).status).toBe(404);
});

test("A register tells a composer its part of the schema", async () => {
  const { data } = await sector.ask("{ _service { sdl } }");
  expect(data._service.sdl).toContain('@lookup(key: "pin")');
});

test("What a statement cannot find in the tables is an error, and the schema's tables stay", async () => {
  await sql`alter table pin_alias rename to pin_alias_away`.execute(sector.database);
  const { errors } = await askHoa();
  await sql`alter table pin_alias_away rename to pin_alias`.execute(sector.database);
  expect(errors).toMatchObject([
    { message: "The register could not answer this.", extensions: { code: "SOURCE_ERROR" } },
  ]);
  expect((await askHoa()).errors).toBeUndefined();
});
