import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Answer } from "../../support/federated-gateway.ts";
import type { Fault, SourceAnswer, SourceRequest } from "../../support/faulty-source.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { an, binh, chi, dung, ministryNames, nobody } from "../../support/ministries.ts";
import { randomQuestion, randomVariables } from "../../support/random-questions.ts";

const { ministries, startAnother, heal, close } = await startMinistriesGateway();

const everywhere = <T>(terms: T) => Object.fromEntries(ministryNames.map((name) => [name, terms]));
/** Gateways whose calls join as much as they can, in small calls, by agency, and not at all. */
const gateways = await Promise.all(
  [
    { batchWindowMs: 20 },
    { batchWindowMs: 1, largestBatch: 2 },
    { batchWindowMs: 20, joinAgencies: false },
    { batchWindowMs: 0 },
  ].map((terms) => startAnother({ timeoutMs: 20_000, terms: everywhere(terms) })),
);
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await close();
});

/** Lets other things happen. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** What a ministry does about one person, whoever asks together with whom. */
const blows = ["no row", "no field", "another type", "another's field too"] as const;
const blow = fc.record({
  pin: fc.constantFrom(an, binh, chi, dung, nobody),
  kind: fc.constantFrom(...blows),
});
type Blow = typeof blow extends fc.Arbitrary<infer T> ? T : never;

/** Answers wrongly about some people, and each time after another while. */
function misbehave(struck: readonly Blow[], delays: readonly number[]): Fault {
  let calls = 0;
  return {
    kind: "edit",
    async edit(answer, request) {
      await turns(delays[calls++ % delays.length] ?? 0);
      const edited = structuredClone(answer);
      for (const one of struck) strike(edited, request, one);
      return edited;
    },
  };
}

function strike(answer: SourceAnswer, { variables }: SourceRequest, { pin, kind }: Blow): void {
  const rows = answer.data?.["_entities"] as (Record<string, unknown> | null)[] | undefined;
  const asked = variables["representations"] as { pin: string }[] | undefined;
  if (!rows || !asked) throw new Error("Only questions about rows are asked here.");
  const tell = (...path: (string | number)[]) =>
    (answer.errors = [
      ...(answer.errors ?? []),
      { message: "no", path: ["_entities", ...path], extensions: { code: "NOT_RECORDED" } },
    ]);
  for (const [place, { pin: of }] of asked.entries()) {
    const row = rows[place];
    if (of !== pin) continue;
    const name = Object.keys(row ?? {}).find((key) => !key.startsWith("__"));
    if (kind === "no row") {
      rows[place] = null;
      tell(place);
    } else if (row && name !== undefined && kind === "no field") {
      row[name] = null;
      tell(place, name);
    } else if (row && kind === "another type" && "fullName" in row) row["fullName"] = { of: pin };
    else if (row) row["stranger"] = "CARD-STRANGER";
  }
}

/** A few, since planning one takes longer than asking it a hundred times. */
const queries = fc.sample(randomQuestion, 16).map(({ query }) => query);

const request = fc.record({
  query: fc.constantFrom(...queries),
  variables: randomVariables,
  agency: fc.constantFrom("H26", "G01"),
  lane: fc.constantFrom("counter" as const, "case" as const),
  starts: fc.nat(20),
  /** Turns after which the client goes away. */
  leaves: fc.option(fc.nat(60), { freq: 4 }),
});

const outage: fc.Arbitrary<Fault> = fc.constantFrom(
  { kind: "reset" },
  { kind: "says", status: 500, type: "text/plain", body: "" },
);

const told = ({ data, errors }: Answer) => ({
  data,
  errors: errors.map(({ path, extensions }) => [path, extensions["code"]].join()).toSorted(),
});

function recordsOf(answers: readonly (Answer | null)[], name: string): number {
  return answers
    .flatMap((answer) => answer?.sources ?? [])
    .filter((source) => source.name === name)
    .reduce((sum, { records }) => sum + records, 0);
}

test("many requests at once, some of whose clients go away, each get the answer that they get alone", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...gateways),
      fc.array(request, { minLength: 2, maxLength: 10 }),
      fc.record({
        population: fc.array(blow, { maxLength: 2 }),
        "civil-status": fc.array(blow, { maxLength: 2 }),
        "health-insurance": fc.array(blow, { maxLength: 2 }),
        education: fc.array(blow, { maxLength: 2 }),
      }),
      fc.array(fc.nat(30), { minLength: 1, maxLength: 5 }),
      fc.option(fc.tuple(fc.constantFrom(...ministryNames), outage), { freq: 5 }),
      async (gateway, requests, struck, delays, broken) => {
        for (const name of ministryNames)
          ministries.sources[name].fault = misbehave(struck[name], delays);
        if (broken) ministries.sources[broken[0]].fault = broken[1];
        const truths = [];
        for (const { query, variables } of requests)
          truths.push(told(await gateway.ask(query, variables)));

        for (const name of ministryNames) ministries.sources[name].requests.length = 0;
        const answers = await Promise.all(
          requests.map(async ({ query, variables, agency, lane, starts, leaves }) => {
            await turns(starts);
            const client = new AbortController();
            if (leaves !== null) void turns(leaves).then(() => client.abort());
            const caller = { agency, purpose: "test", lane, signal: client.signal };
            return await gateway.ask(query, variables, caller).catch((error) => {
              if (client.signal.aborted) return null;
              throw error;
            });
          }),
        );
        heal();

        for (const [at, answer] of answers.entries())
          if (answer) {
            expect(told(answer)).toEqual(truths[at]);
            expect(answer.text).not.toContain("STRANGER");
          }
        for (const name of ministryNames) {
          const received = ministries.sources[name].requests.map(
            ({ variables }) => variables["representations"] as object[],
          );
          for (const rows of received)
            expect(new Set(rows.map((row) => JSON.stringify(row))).size).toBe(rows.length);
          // A call that is broken off or repeated is received more often than it is answered.
          if (broken || answers.includes(null)) continue;
          expect(recordsOf(answers, name)).toBe(received.flat().length);
        }
      },
    ),
    { numRuns: 30 },
  );
}, 90_000);
