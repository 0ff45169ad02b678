import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Answer } from "../../support/federated-gateway.ts";
import type { Fault, SourceAnswer } from "../../support/faulty-source.ts";
import { startMinistriesGateway } from "../../support/ministries-gateway.ts";
import { ministryNames, nobody } from "../../support/ministries.ts";
import type { MinistryName } from "../../support/ministries.ts";
import { randomQuestion } from "../../support/random-questions.ts";

const { ministries, gateway, heal, close } = await startMinistriesGateway();
afterAll(close);

/** The lists of rows in an answer: entities, or what each look-up gave. */
function editEveryList(
  edit: (rows: unknown[], answer: SourceAnswer, key: string) => unknown,
): Fault {
  return {
    kind: "edit",
    edit: (answer) => {
      const copy = structuredClone(answer);
      for (const [key, value] of Object.entries(copy.data ?? {}))
        if (Array.isArray(value)) copy.data![key] = edit(value, copy, key);
        else {
          const edited = edit([value], copy, key);
          copy.data![key] = Array.isArray(edited) && edited.length === 1 ? edited[0] : edited;
        }
      return copy;
    },
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Ways to answer wrongly, none of which can be told from the truth by luck alone. */
const faults: Record<string, (choice: number) => Fault> = {
  reset: () => ({ kind: "reset" }),
  "HTTP 500": () => ({
    kind: "says",
    status: 500,
    type: "text/html",
    body: "<h1>at 10.1.2.3</h1>",
  }),
  "HTTP 503": () => ({ kind: "says", status: 503, type: "text/plain", body: "" }),
  "not JSON": () => ({ kind: "says", status: 200, type: "application/json", body: "{" }),
  "another thing": () => ({ kind: "says", status: 200, type: "application/json", body: "[1]" }),
  "data null": () => ({
    kind: "edit",
    edit: () => ({ data: null, errors: [{ message: "SELECT at 10.1.2.3 failed" }] }),
  }),
  "too short": () => editEveryList((rows) => rows.slice(0, -1)),
  "too long": (choice) =>
    editEveryList((rows) => rows.toSpliced(choice % (rows.length + 1), 0, rows[0])),
  reversed: () => editEveryList((rows) => rows.toReversed()),
  "one row twice": (choice) =>
    editEveryList((rows) => {
      const twice = rows.find(isObject);
      // Without one there would be one "nobody" more, which is population's right to say.
      return twice
        ? rows.map((row, index) => (index === choice % rows.length ? twice : row))
        : rows;
    }),
  "no list": () => editEveryList(() => "rows"),
  "a string for a row": (choice) =>
    editEveryList((rows) =>
      rows.map((row, index) => (index === choice % rows.length ? "row" : row)),
    ),
  "an error for a row": (choice) =>
    editEveryList((rows, answer, key) => {
      const place = choice % rows.length;
      const path =
        key === "_entities" || key === "citizens" || key === "others" ? [key, place] : [key];
      answer.errors = [
        ...(answer.errors ?? []),
        { message: "10.1.2.3", path, extensions: { stacktrace: ["at x"] } },
      ];
      return rows.map((row, index) => (index === place ? null : row));
    }),
  "an error for a field": (choice) =>
    editEveryList((rows, answer, key) => {
      const place = choice % rows.length;
      const row = rows[place];
      const names = isObject(row) ? Object.keys(row).filter((name) => !name.startsWith("__")) : [];
      const name = names[choice % names.length];
      if (!isObject(row) || name === undefined) return rows;
      const list = key === "_entities" || key === "citizens" || key === "others";
      const path = list ? [key, place, name] : [key, name];
      answer.errors = [...(answer.errors ?? []), { message: "10.1.2.3", path }];
      return rows.map((other, index) => (index === place ? { ...row, [name]: null } : other));
    }),
  "an error without a path": () =>
    editEveryList((rows, answer) => {
      answer.errors = [{ message: "something, somewhere at 10.1.2.3" }];
      return rows.map((row) =>
        isObject(row)
          ? Object.fromEntries(
              Object.entries(row).map(([name, value]) => [
                name,
                name.startsWith("__") ? value : null,
              ]),
            )
          : row,
      );
    }),
  "a field of the wrong type": (choice) =>
    editEveryList((rows) =>
      rows.map((row) => {
        const names = isObject(row) ? Object.keys(row) : [];
        const name = names[choice % names.length] ?? "";
        const custom = ["pin", "currentPin", "birthDate"].includes(name);
        return isObject(row) && !custom ? { ...row, [name]: { unexpected: true } } : row;
      }),
    ),
  "a field left out": (choice) =>
    editEveryList((rows) =>
      rows.map((row) => {
        const entries = isObject(row) ? Object.entries(row) : [];
        return isObject(row)
          ? Object.fromEntries(entries.filter((_, index) => index !== choice % entries.length))
          : row;
      }),
    ),
  "more than was asked": () =>
    editEveryList((rows) =>
      rows.map((row) =>
        isObject(row)
          ? {
              ...row,
              fullName: row["fullName"] ?? "Somebody Else",
              healthInsurance: row["healthInsurance"] ?? null,
              "@lost": { 0: true },
              constructor: 1,
            }
          : row,
      ),
    ),
};

const fault = fc
  .tuple(fc.constantFrom(...Object.keys(faults)), fc.nat(10))
  .map(([name, choice]) => ({ name, choice }));

type Path = (string | number)[];

/** Walks the true and the given answer side by side; every difference must be a loss that is told. */
function expectOnlyLosses(truth: unknown, given: unknown, path: Path, answer: Answer): void {
  const at = JSON.stringify(path);
  const own = answer.errors.filter((error) => JSON.stringify(error.path) === at);
  if (given === null) {
    if (truth !== null) expect(own, `an error for what is lost at ${at}`).toHaveLength(1);
    return;
  }
  if (truth === null) {
    // Who could not be confirmed: nothing but the number that was asked for, and what nobody has.
    const told = answer.errors.some(
      (error) =>
        at.startsWith(JSON.stringify(error.path).slice(0, -1)) ||
        JSON.stringify(error.path).startsWith(at.slice(0, -1)),
    );
    expect(told, `an error at or below ${at}, which the truth has null`).toBe(true);
    expectNobodysData(given);
    return;
  }
  if (Array.isArray(truth) && Array.isArray(given) && given.length === 0 && truth.length > 0) {
    // What is entered under a number that population did not tell.
    const told = answer.incomplete.filter((field) => JSON.stringify(field.path) === at);
    expect(told, `that ${at} may be less than there is`).toHaveLength(1);
    return;
  }
  if (Array.isArray(truth)) {
    expect(Array.isArray(given) && given.length, `the length of ${at}`).toBe(truth.length);
    for (const [index, item] of truth.entries())
      expectOnlyLosses(item, (given as unknown[])[index], [...path, index], answer);
  } else if (isObject(truth)) {
    expect(Object.keys(Object(given)), `the fields of ${at}`).toEqual(Object.keys(truth));
    for (const [key, value] of Object.entries(truth))
      expectOnlyLosses(value, (given as Record<string, unknown>)[key], [...path, key], answer);
  } else expect(given, `the value at ${at}`).toBe(truth);
}

function expectNobodysData(given: unknown): void {
  if (given === null || given === nobody) return;
  if (Array.isArray(given)) expect(given).toEqual([]);
  else for (const value of Object.values(given as object)) expectNobodysData(value);
}

function valueAt(data: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string | number, unknown> | null | undefined)?.[key],
    data,
  );
}

test("whatever some ministries answer, the answer is the truth with losses told, each once, and nobody else's data", async () => {
  await fc.assert(
    fc.asyncProperty(
      randomQuestion,
      fc.subarray([...ministryNames], { minLength: 1, maxLength: 2 }),
      fault,
      async ({ query, variables }, faulty, { name, choice }) => {
        const truth = await gateway.ask(query, variables);
        expect(truth.errors).toEqual([]);

        for (const source of faulty) ministries.sources[source].fault = faults[name]!(choice);
        const answer = await gateway.ask(query, variables);
        heal();

        expect(truth.incomplete).toEqual([]);
        for (const { path, because } of answer.incomplete) {
          expect(valueAt(answer.data, [...path])).toBeDefined();
          expect(faulty).toContain(because.source);
        }
        expect(answer.status).toBe(200);
        expect(answer.text).not.toMatch(/127\.0\.0\.1|localhost|10\.1\.2\.3|stack|@lost|__lt_/);
        expectOnlyLosses(truth.data, answer.data, [], answer);
        for (const error of answer.errors) {
          expect(error).toEqual({
            message: expect.any(String),
            path: expect.any(Array),
            extensions: {
              code: expect.stringMatching(/^SOURCE_(UNAVAILABLE|ERROR)$/),
              source: expect.toSatisfy((source: MinistryName) => faulty.includes(source)),
              retryAt:
                error.extensions["code"] === "SOURCE_UNAVAILABLE" ? expect.any(String) : null,
              nextStep: expect.any(String),
            },
          });
          const value = valueAt(answer.data, error.path!);
          const below = answer.errors.filter(
            (other) =>
              other !== error &&
              other.extensions["source"] === error.extensions["source"] &&
              JSON.stringify(other.path).startsWith(
                `${JSON.stringify(error.path).slice(0, -1)},`,
              ) &&
              // A spouse is another citizen, with losses of their own.
              !other.path!.slice(error.path!.length).includes("spouse"),
          );
          expect(
            value === null || (isObject(value) && below.length === 0),
            `${JSON.stringify(error.path)} is null, or a citizen of whom no other loss is told`,
          ).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
}, 120_000);
