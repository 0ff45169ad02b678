import { afterAll, beforeAll, expect, test } from "vitest";
import { readHeadsBy } from "../../../gateway/audit/tree-head.ts";
import { jwksPath } from "../../../gateway/http/jwks.ts";
import type { PublicKey } from "../../../schema/signatures.ts";
import { evidenceOf, lan, startSignedAnswers } from "../../support/signed-answers.ts";
import type { SignedAnswers } from "../../support/signed-answers.ts";

let room: SignedAnswers;
beforeAll(async () => {
  room = await startSignedAnswers({ TREE_HEADS_EVERY_SECONDS: "1" });
});
afterAll(() => room?.stop());

test("A record names the log's entries of its answer, and the first head that includes them joins it", async () => {
  const query = "query ($pins: [PIN!]!) { citizens(pins: $pins) { sex } }";
  const { json } = await room.ask(query, { pins: [lan, "001199054321"] });
  const verdict = await room.verify(json);
  expect(verdict).toMatchObject({
    record: {
      entries: [expect.any(Number), expect.any(Number)],
      people: [{}, {}].map(() => expect.any(String)),
    },
  });
  const entries = verdict.kind === "genuine" ? (verdict.record.entries ?? []) : [];
  const { keys } = (await (await fetch(`${room.gateway.url}${jwksPath}`)).json()) as {
    keys: PublicKey[];
  };
  const joined = async () => {
    const told = await (await room.check(evidenceOf(json).id)).json();
    const { treeHead } = told as { treeHead: string | null };
    return treeHead === null ? undefined : await readHeadsBy(keys)(treeHead);
  };
  await expect.poll(joined).toBeDefined();
  expect((await joined())?.size).toBeGreaterThan(Math.max(...entries));
});
