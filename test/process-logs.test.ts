import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { askForToken } from "../gateway/local/development-grant.ts";
import type { Wish } from "../gateway/local/development-grant.ts";
import { readCredentials } from "../gateway/local/postgres/credentials.ts";
import { findHome } from "../gateway/local/postgres/home.ts";
import { readPublishedOperations } from "../schema/operations.ts";
import { makeTestFolder, query } from "./gateway/local/cluster-owner.ts";
import { childrenOf } from "./support/process-tree.ts";
import { beginSystem } from "./support/system.ts";

/**
 * The whole system at its most talkative, asked well and badly until parts of it fail: nothing that any of
 * its processes wrote says whom it was about, who asked, or with which token.
 */

const operations = readPublishedOperations();
const dossier = operations.get("dossier.graphql")!;
const certificate = operations.get("certificate-dossier.graphql")!;
const byName = "query ($pin: PIN!) { citizen(pin: $pin) { fullName } }";

type Headers = Readonly<Record<string, string>>;

/** PostgreSQL's log tells as much as it can be made to without another configuration of its lines. */
const talkative = {
  log_statement: "all",
  log_min_duration_statement: "0",
  log_min_messages: "debug2",
  log_min_error_statement: "error",
  log_parameter_max_length: "-1",
  log_parameter_max_length_on_error: "-1",
};

async function openDatabases(data: string) {
  const home = await findHome(data);
  const { admin, port } = await readCredentials(home!.credentials);
  const run = <Row extends object>(database: string, sql: string) =>
    query<Row>(`postgres://postgres:${admin}@127.0.0.1:${port}/${database}`, sql);
  return { log: home!.log, run };
}

/** Sends bytes that need be no HTTP, and waits until they were answered, or the line was cut. */
async function sendRaw(url: string, text: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on("error", () => undefined);
  socket.end(text);
  socket.resume();
  await once(socket, "close");
}

/** What a log says, and what bytes say that stand in it as numbers. */
function readable(log: string): string {
  const bytes = [...log.matchAll(/"data":\[([\d,]+)\]/g)].map(([, numbers]) =>
    Buffer.from(numbers!.split(",").map(Number)).toString(),
  );
  return [log, ...bytes].join("\n");
}

test("No process says in any log whom it was asked about, who asked, for which case or with which token", async () => {
  const data = join(await makeTestFolder(), "data");
  const system = beginSystem(["--data", data, "--citizens", "300"], {
    LOG_LEVEL: "trace",
    REQUESTS_PER_MINUTE: "100000",
  });
  onTestFinished(() => void system.child.kill("SIGKILL"));
  const url = await system.ready;
  const printed = (title: string) =>
    new RegExp(`^ {2}${title} +(http:\\S+)`, "m").exec(system.printed())![1]!;
  const databases = await openDatabases(data);
  const people = await databases.run<{ pin: string; full_name: string; spouse_pin: string | null }>(
    "population",
    "select pin, full_name, spouse_pin from citizen order by spouse_pin nulls last",
  );
  for (const [name, value] of Object.entries(talkative))
    await databases.run("postgres", `alter role all set ${name} = '${value}'`);
  // Sessions that were opened before do not know of it. The superuser's own one holds the cluster.
  await databases.run(
    "postgres",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename <> 'postgres'",
  );

  const secrets = new Set<string>();
  const { pin, full_name: name } = people[0]!;
  const tokenOf = async (wish: Wish) => {
    const token = await askForToken(printed("issuer"), wish);
    for (const part of token.split(".").slice(1)) secrets.add(part);
    return token;
  };
  let cases = 0;
  const nextCase = () => {
    const number = `HS-mat-${++cases}/2026`;
    secrets.add(number);
    return number;
  };
  const officerToken = await tokenOf({ role: "counter-officer" });
  const citizenToken = await tokenOf({ role: "citizen", pin });
  const auditorToken = await tokenOf({ role: "auditor" });
  const officer = (): Headers => ({
    authorization: `Bearer ${officerToken}`,
    "x-purpose": "marital-status-certificate",
    "x-case": nextCase(),
  });
  const citizen: Headers = { authorization: `Bearer ${citizenToken}`, "x-purpose": "own-data" };
  const send = async (
    headers: Headers,
    body: unknown,
    to = `${url}/graphql`,
    init: RequestInit = {},
  ) => {
    const response = await fetch(to, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
    });
    const { status } = response;
    const text = await response.text();
    const codes = [...text.matchAll(/"code":"([A-Z_]+)"/g)].map(([, code]) => code);
    return { status, text, codes };
  };
  const about = (text: string, of = pin) => ({ query: text, variables: { pin: of } });

  // Well asked.
  for (const { pin: of } of people.slice(0, 5))
    expect((await send(officer(), about(certificate, of))).codes).toEqual([]);
  const own = await send(citizen, about(dossier));
  expect([own.status, own.codes]).toEqual([200, []]);
  expect(own.text).toContain(name);
  const signed = await send({ ...officer(), "x-evidence": "required" }, about(byName));
  const { evidence } = (
    JSON.parse(signed.text) as { extensions: { evidence: Record<string, string> } }
  ).extensions;
  for (const secret of [evidence["salt"]!, ...evidence["jws"]!.split(".").slice(1)])
    secrets.add(secret);
  expect((await send(citizen, { query: "{ me { accessLog { case fields } } }" })).codes).toEqual(
    [],
  );
  expect(
    (
      await send(
        { authorization: `Bearer ${auditorToken}` },
        { query: `{ auditLog(pin: "${pin}") { more } }` },
      )
    ).codes,
  ).toEqual([]);

  // Badly asked: by whom, for what, in which form.
  const bad: readonly [Headers, unknown][] = [
    ...["", "Bearer", `Bearer ${pin}`, `Bearer ${officerToken}x`, `Basic ${officerToken}`].map(
      (authorization): [Headers, unknown] => [{ ...officer(), authorization }, about(byName)],
    ),
    ...[
      `${pin}9`,
      pin.slice(1),
      `${pin.slice(0, 4)}x${pin.slice(5)}`,
      name,
      { name },
      [pin],
      null,
    ].map((of): [Headers, unknown] => [officer(), { query: byName, variables: { pin: of } }]),
    [officer(), { query: `{ citizen(pin: "${pin}0") { fullName } }` }],
    [officer(), { query: `{ citizen(pin: "${pin}" { fullName }` }],
    [officer(), { query: `query Q${pin} { citizen(pin: "${pin}") { p${pin}: nobody } }` }],
    [officer(), { query: byName, operationName: `Q${pin}`, variables: { pin } }],
    [
      officer(),
      about("query ($pin: PIN!) { citizen(pin: $pin) { healthInsurance { cardNumber } } }"),
    ],
    [
      officer(),
      {
        query: "query ($p: [PIN!]!) { citizens(pins: $p) { pin } }",
        variables: { p: people.slice(0, 9).map((each) => each.pin) },
      },
    ],
    [{ ...officer(), "x-purpose": pin }, about(byName)],
    [{ ...officer(), "x-case": pin.repeat(9) }, about(byName)],
    [{ ...officer(), "x-evidence": pin }, about(byName)],
    [{ ...officer(), "x-request-id": pin, "user-agent": pin, "x-lane": pin }, about(byName)],
    [{ ...officer(), "content-type": `text/plain; charset=${pin}` }, about(byName)],
    [officer(), `{"query": "${pin}`],
    [officer(), [about(byName)]],
    [officer(), `{"query":"{__typename}","query":"${pin}"}`],
    [officer(), { query: byName, variables: { pin, filler: pin.repeat(200_000) } }],
    [citizen, about(byName, people[1]!.pin)],
  ];
  for (const [headers, body] of bad) await send(headers, body);
  for (const path of [
    `graphql?query={citizen(pin:"${pin}"){fullName}}`,
    pin,
    `evidence/${pin}`,
    `%ZZ${pin}`,
    `schema.graphql?pin=${pin}`,
  ])
    for (const method of ["GET", "DELETE"])
      await (await fetch(`${url}/${path}`, { method })).text();

  // Past the gateway, and by what is no HTTP.
  for (const door of [
    url,
    ...["population", "civil-status", "health-insurance", "education"].map(printed),
  ]) {
    const { origin } = new URL(door);
    await send({ authorization: `Bearer ${officerToken}` }, about(byName), `${origin}/graphql`);
    await send({}, `{"query": "${pin}`, `${origin}/graphql`);
    await (await fetch(`${origin}/${pin}?pin=${pin}`)).text();
    await (await fetch(`${origin}/%ZZ${pin}`)).text();
    const head = `POST /graphql?${pin} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${officerToken}\r\n`;
    await sendRaw(origin, `${head}content-length: ${pin}\r\ntransfer-encoding: chunked\r\n\r\n`);
    await sendRaw(origin, `${head}x-case: ${pin.repeat(3_000)}\r\n\r\n`);
    await sendRaw(origin, `GET /${pin} ${officerToken} ${name}\r\n\r\n`);
  }

  // What fails behind the doors.
  const broken = async (database: string, table: string) => {
    await databases.run(database, `alter table ${table} rename to gone`);
    const answer = await send(officer(), about(certificate, people[7]!.pin));
    await databases.run(database, `alter table gone rename to ${table}`);
    return answer.codes;
  };
  expect(await broken("civil_status", "marriage")).toContain("SOURCE_ERROR");
  expect(await broken("population", "citizen")).toContain("SOURCE_ERROR");
  expect(await broken("gateway", "log_entry")).toContain("AUDIT_UNAVAILABLE");
  await databases.run(
    "gateway",
    "alter table case_file add constraint no_case check (false) not valid",
  );
  expect((await send(officer(), about(byName))).codes).toContain("AUDIT_UNAVAILABLE");
  await databases.run("gateway", "alter table case_file drop constraint no_case");
  const gone = new AbortController();
  const hasty = send(officer(), about(certificate, people[8]!.pin), `${url}/graphql`, {
    signal: gone.signal,
  });
  gone.abort();
  await expect(hasty).rejects.toThrow("aborted");
  for (const child of await childrenOf(system.child.pid!)) {
    const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
    if (command.includes("civil-status/server.ts")) process.kill(child, "SIGKILL");
  }
  expect((await send(officer(), about(certificate, people[9]!.pin))).codes).toContain(
    "SOURCE_UNAVAILABLE",
  );

  system.child.kill("SIGTERM");
  const { stdout, stderr } = await system.ended;
  const postgres = await readFile(databases.log, "utf8");

  // They did talk.
  for (const said of [
    '"level":10',
    '"msg":"request"',
    '"name":"population"',
    '"name":"gateway"',
    "no answer",
  ])
    expect(stderr).toContain(said);
  for (const said of ["execute ", "ERROR:  relation", "STATEMENT:", "violates check constraint"])
    expect(postgres).toContain(said);
  // The guide for whoever sits at the terminal has a citizen and tokens in it, and nothing comes after it.
  expect(stdout.split("lien-thong ready on")[1]!.trim().split("\n")).toHaveLength(1);

  for (const person of people) secrets.add(person.pin).add(person.full_name);
  for (const who of ["officer-lan", "auditor-mai", people[0]!.spouse_pin!]) secrets.add(who);
  expect(secrets.size).toBeGreaterThan(600);
  for (const [log, text] of Object.entries({
    stderr,
    postgres,
    started: stdout.split("\n  API ")[0]!,
  })) {
    const said = readable(text);
    const found = [...secrets].filter((secret) => said.includes(secret));
    expect(found.map((secret) => `${log}: ${lineWith(said, secret)}`)).toEqual([]);
    // Nor any other token: those of the gateway for the registers.
    expect(said.match(/eyJ[\w-]{20,}/)).toBeNull();
  }
}, 150_000);

function lineWith(text: string, secret: string): string {
  return text
    .split("\n")
    .find((line) => line.includes(secret))!
    .slice(0, 500);
}
