import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPool } from "../../../gateway/database/pool.ts";
import type { GatewayDatabase } from "../../../gateway/database/pool.ts";
import { openEvidence } from "../../../gateway/evidence/open-evidence.ts";
import type { EvidenceOptions, EvidenceRoom } from "../../../gateway/evidence/open-evidence.ts";
import { revokeRecord } from "../../../gateway/evidence/revocation.ts";
import { createGatewayDatabase } from "../../support/database.ts";
import type { TestDatabase } from "../../support/database.ts";
import { startSigningGateway } from "../../support/signing-gateway.ts";
import type { SigningGateway } from "../../support/signing-gateway.ts";

let created: TestDatabase;
let database: GatewayDatabase;
let keys: SigningGateway;
let problems: string[];
beforeAll(async () => {
  [created, keys] = await Promise.all([createGatewayDatabase(), startSigningGateway(Date.now)]);
  database = openPool(created.url);
});
afterAll(async () => {
  await database?.destroy();
  await created?.drop();
  await keys?.stop();
});
beforeEach(() => {
  problems = [];
});

function open(options: Partial<EvidenceOptions> = {}): EvidenceRoom {
  return openEvidence({
    database,
    keys: { sign: keys.signJws, publicKeys: keys.publicKeys },
    now: Date.now,
    random: randomBytes,
    onProblem: (sentence) => problems.push(sentence),
    ...options,
  });
}

const unproven = (entries?: readonly number[]) => ({
  agency: "ubnd-00004",
  question: { operation: "query { a }", variables: {} },
  sources: [],
  entries,
  people: ["001199012345"],
  answer: { data: { a: 1 }, extensions: {} },
});

const countRecords = async () => {
  const { count } = await database
    .selectFrom("evidence")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return count;
};

describe("A head of the log's tree", () => {
  test("joins a record when it is the first that includes all of its entries", async () => {
    const room = open();
    const early = await room.prove(unproven([3, 7]));
    const late = await room.prove(unproven([9]));
    const heads = async () => [
      (await room.find(early.id))?.treeHead,
      (await room.find(late.id))?.treeHead,
    ];
    expect(await heads()).toEqual([null, null]);
    // A tree of seven has the entries 0 to 6.
    await room.joinHead({ size: 7, jws: "head of 7" });
    expect(await heads()).toEqual([null, null]);
    await room.joinHead({ size: 8, jws: "head of 8" });
    expect(await heads()).toEqual(["head of 8", null]);
    await room.joinHead({ size: 12, jws: "head of 12" });
    await room.joinHead({ size: 20, jws: "head of 20" });
    expect(await heads()).toEqual(["head of 8", "head of 12"]);
  });

  test("that was signed before the record was kept joins it all the same, and once from all gateways", async () => {
    const room = open();
    await room.joinHead({ size: 50, jws: "head of 50" });
    await room.joinHead({ size: 50, jws: "another process's head of 50" });
    const { id } = await room.prove(unproven([41]));
    expect(await room.find(id)).toMatchObject({ treeHead: "head of 50" });
  });

  test("joins no record of which the log knows nothing", async () => {
    const room = open();
    await room.joinHead({ size: 1000, jws: "head of 1000" });
    for (const entries of [undefined, []]) {
      const { id } = await room.prove(unproven(entries));
      expect(await room.find(id)).toMatchObject({ id, treeHead: null });
    }
  });
});

describe("An answer is not signed", () => {
  test.each([-6_000, 6_000, -86_400_000])(
    "by a gateway whose clock is %i ms away from its database's",
    async (off) => {
      const before = await countRecords();
      const sentence =
        "The gateway's clock is more than 5 seconds away from its database's; no answer is signed. Set both by a time server.";
      await expect(open({ now: () => Date.now() + off }).prove(unproven())).rejects.toThrow(
        sentence,
      );
      expect(problems).toEqual([sentence]);
      expect(await countRecords()).toBe(before);
    },
  );

  test("where no key may sign", async () => {
    const before = await countRecords();
    const sign = () => {
      throw new Error("no key of the kind evidence");
    };
    const room = open({ keys: { sign, publicKeys: keys.publicKeys } });
    await expect(room.prove(unproven())).rejects.toThrow("no key of the kind evidence");
    expect(await countRecords()).toBe(before);
  });

  test("where its record cannot be kept", async () => {
    const away = openPool(created.url.replace(/:\d+\//, ":9/"));
    await expect(open({ database: away }).prove(unproven())).rejects.toThrow("ECONNREFUSED");
    await away.destroy();
  });

  test("under an id that another answer has", async () => {
    const room = open({ random: (bytes) => new Uint8Array(bytes) });
    await room.prove(unproven());
    await expect(room.prove(unproven())).rejects.toThrow("duplicate key");
  });
});

test("Thirty answers that are signed at once each have a record, and revoking leaves all others", async () => {
  const room = open();
  const proven = await Promise.all(Array.from({ length: 30 }, () => room.prove(unproven([1]))));
  expect(new Set(proven.flatMap(({ id, salt }) => [id, salt])).size).toBe(60);
  const [first, ...others] = proven;
  // Twice at once, as two operators might.
  const revocations = await Promise.all(
    ["one", "other"].map((revokedBy) =>
      revokeRecord(database, { id: first!.id, reason: "wrong", revokedBy }),
    ),
  );
  expect(new Set(revocations.filter(Boolean).map((each) => each!.revokedBy)).size).toBe(1);
  expect(await room.find(first!.id)).toBeUndefined();
  const found = await Promise.all(others.map(({ id }) => room.find(id)));
  expect(found.map((each) => each?.id)).toEqual(others.map(({ id }) => id));
  expect(problems).toEqual([]);
});
