import { GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { parsePin } from "../../../schema/values/pin.ts";
import {
  createErrorFormatter,
  describeFailure,
  sectorError,
  sectorErrors,
} from "../../../subgraphs/kit/errors.ts";
import { readFile } from "node:fs/promises";

const formatted = (message: string, code: string) => ({
  message,
  path: ["_entities", 0],
  extensions: { code, stacktrace: ["at secret"] },
});

test("An unexpected failure leaves the house as one sentence, and is reported once for all its rows", () => {
  const reports: unknown[] = [];
  const format = createErrorFormatter((reason) => reports.push(reason));
  const failure = new Error('password authentication failed for user "population"');
  for (const path of [0, 1])
    expect(
      format(
        { ...formatted(failure.message, "INTERNAL_SERVER_ERROR"), path: ["_entities", path] },
        new GraphQLError(failure.message, { path: ["_entities", path], originalError: failure }),
      ),
    ).toEqual({
      message: "The register could not answer this.",
      path: ["_entities", path],
      extensions: { code: "SOURCE_ERROR" },
    });
  expect(reports).toEqual([failure]);
});

test("A refusal of a value is the caller's to read", () => {
  const reports: unknown[] = [];
  const format = createErrorFormatter((reason) => reports.push(reason));
  let refusal: Error | undefined;
  try {
    parsePin("12a");
  } catch (error) {
    refusal = error as Error;
  }
  const answer = format(
    formatted(refusal?.message ?? "", "INTERNAL_SERVER_ERROR"),
    new GraphQLError("", { path: ["_entities", 0], originalError: refusal ?? null }),
  );
  expect(answer.extensions).toEqual({ code: "BAD_USER_INPUT" });
  expect(answer.message).toContain("is not a digit");
  expect(reports).toEqual([]);
});

test("A sector's own error keeps its code, its sentence and its details", () => {
  const error = sectorError("BAD_USER_INPUT", "Too many.", { argument: "pins" });
  const format = createErrorFormatter(() => expect.unreachable());
  expect(format(error.toJSON(), error)).toMatchObject({
    message: "Too many.",
    extensions: { code: "BAD_USER_INPUT", argument: "pins" },
  });
});

test("A log says what failed and where, without the numbers that a message repeats", () => {
  const failure = Object.assign(new Error("Key (pin)=(036188004512) already exists"), {
    code: "23505",
  });
  const { code, reason } = describeFailure(failure);
  expect(code).toBe("23505");
  expect(reason).toContain("Key (pin)=(…) already exists");
  expect(reason).toContain("errors.test.ts");
  expect(reason).not.toContain("036188004512");
  expect(describeFailure("gone")).toEqual({ reason: "gone" });
});

test("The kit's README explains each code, and no other", async () => {
  const readme = await readFile("subgraphs/kit/README.md", "utf8");
  const section = readme.split(/^## /m).find((text) => text.startsWith("Errors")) ?? "";
  const explained = new Set([...section.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code]) => code));
  expect(explained).toEqual(new Set(Object.keys(sectorErrors)));
});
