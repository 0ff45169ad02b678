import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  proveConsistency,
  proveInclusion,
  readRoot,
  verifyConsistency,
  verifyInclusion,
} from "../../../gateway/audit/merkle-proof.ts";
import {
  appendLeaf,
  hashLeaf,
  hashNode,
  rootOf,
  rootOfRange,
  sha256,
  startRange,
} from "../../../gateway/audit/merkle.ts";
import { keepNodes } from "./kept-nodes.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const unbase = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

/** Inputs and roots of the reference implementations, from Certificate Transparency on. */
const inputs = [
  "",
  "00",
  "10",
  "2021",
  "3031",
  "40414243",
  "5051525354555657",
  "606162636465666768696a6b6c6d6e6f",
];
const roots = [
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

// All of them are ASCII, so that their bytes are those of the text.
const leaves = inputs.map((input) => hashLeaf(Buffer.from(input, "hex").toString("latin1")));

/** Proofs of github.com/transparency-dev/merkle, testdata/inclusion/{0..4}/happy-path.json. */
const inclusions: readonly (readonly [index: number, size: number, proof: readonly string[]])[] = [
  [0, 1, []],
  [
    0,
    8,
    [
      "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
      "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
      "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
    ],
  ],
  [
    5,
    8,
    [
      "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
      "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
      "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ],
  ],
  [2, 3, ["+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU="]],
  [
    1,
    5,
    [
      "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=",
      "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
      "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
    ],
  ],
];

/** … and testdata/consistency/{0..4}/happy-path.json. */
const consistencies: readonly (readonly [from: number, to: number, proof: readonly string[]])[] = [
  [1, 1, []],
  [
    1,
    8,
    [
      "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
      "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
      "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
    ],
  ],
  [
    6,
    8,
    [
      "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
      "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
      "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ],
  ],
  [
    2,
    5,
    [
      "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
      "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
    ],
  ],
  [
    6,
    7,
    [
      "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
      "sIaT7C5yFZcTBkHoIR5+7cy0wmQTlj7ubB4u0W/7Gl8=",
      "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
    ],
  ],
];

describe("The tree of RFC 9162", () => {
  test.each(roots.map((root, size) => [size, root] as const))(
    "has the known root of %i leaves, made at once or leaf by leaf",
    async (size, root) => {
      const some = leaves.slice(0, size);
      expect(hex(rootOf(some))).toBe(root);
      expect(hex(await readRoot(size, keepNodes(some)))).toBe(root);
      expect(hex(naiveRoot(some))).toBe(root);
    },
  );

  test.each(inclusions)("proves leaf %i in %i leaves as others do", async (index, size, known) => {
    const proof = await proveInclusion(index, size, keepNodes(leaves));
    expect(proof.map(hex)).toEqual(known.map(unbase).map(hex));
    expect(verifyInclusion(leaves[index]!, index, size, proof, rootOf(leaves.slice(0, size)))).toBe(
      true,
    );
  });

  test.each(consistencies)(
    "proves %i the beginning of %i as others do",
    async (from, to, known) => {
      const proof = await proveConsistency(from, to, keepNodes(leaves));
      expect(proof.map(hex)).toEqual(known.map(unbase).map(hex));
    },
  );

  test("holds 6 hashes of 100,000 leaves", () => {
    const range = startRange();
    for (let index = 0; index < 100_000; index++) appendLeaf(range, leaves[index % 8]!);
    expect(range.size).toBe(100_000);
    expect(range.peaks).toHaveLength(6);
    expect(hex(rootOfRange(range))).toMatch(/^[0-9a-f]{64}$/);
  });
});

/** A tree with some leaf hashes, and two of its sizes. */
const trees = fc
  .array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 70 })
  .chain((tree) =>
    fc.record({ tree: fc.constant(tree), to: fc.integer({ min: 1, max: tree.length }) }),
  )
  .chain(({ tree, to }) =>
    fc.record({
      tree: fc.constant(tree),
      to: fc.constant(to),
      from: fc.integer({ min: 0, max: to }),
      index: fc.integer({ min: 0, max: to - 1 }),
      bit: fc.nat(),
      other: fc.integer({ min: 0, max: 2 * tree.length }),
    }),
  );

describe("Of random trees", () => {
  test("roots and proofs are those of the RFC's definitions", async () => {
    await fc.assert(
      fc.asyncProperty(trees, async ({ tree, from, to, index }) => {
        const nodes = keepNodes(tree);
        const some = tree.slice(0, to);
        expect(hex(await readRoot(to, nodes))).toBe(hex(naiveRoot(some)));
        const path = await proveInclusion(index, to, nodes);
        expect(path.map(hex)).toEqual(naivePath(index, some).map(hex));
        const proof = await proveConsistency(from, to, nodes);
        expect(proof.map(hex)).toEqual(from === 0 ? [] : naiveProof(from, some, true).map(hex));
      }),
    );
  });

  test("every proof of inclusion holds, and with a bit, index, size or step changed none does", async () => {
    await fc.assert(
      fc.asyncProperty(trees, async ({ tree, to, index, bit, other }) => {
        const root = rootOf(tree.slice(0, to));
        const proof = await proveInclusion(index, to, keepNodes(tree));
        const leaf = tree[index]!;
        expect(verifyInclusion(leaf, index, to, proof, root)).toBe(true);
        expect(verifyInclusion(flip(leaf, bit), index, to, proof, root)).toBe(false);
        expect(verifyInclusion(leaf, index, to, proof, flip(root, bit))).toBe(false);
        if (other !== index) expect(verifyInclusion(leaf, other, to, proof, root)).toBe(false);
        // Another size may have the same shape as far as this leaf goes; its length never differs.
        const shape = await proveInclusion(index, Math.max(other, index + 1), keepPretended(tree));
        if (shape.length !== proof.length)
          expect(verifyInclusion(leaf, index, Math.max(other, index + 1), proof, root)).toBe(false);
        for (const broken of breakProofs(proof, bit))
          expect(verifyInclusion(leaf, index, to, broken, root)).toBe(false);
        for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53])
          expect(verifyInclusion(leaf, wrong, to, proof, root)).toBe(false);
      }),
    );
  });

  test("every proof of consistency holds, and with a bit, size or step changed none does", async () => {
    await fc.assert(
      fc.asyncProperty(trees, async ({ tree, from, to, bit, other }) => {
        const [old, now] = [rootOf(tree.slice(0, from)), rootOf(tree.slice(0, to))];
        const proof = await proveConsistency(from, to, keepNodes(tree));
        expect(verifyConsistency(from, to, old, now, proof)).toBe(true);
        expect(verifyConsistency(from, to, flip(old, bit), now, proof)).toBe(false);
        if (from > 0) expect(verifyConsistency(from, to, old, flip(now, bit), proof)).toBe(false);
        if (other !== from && from > 0 && proof.length > 0)
          expect(verifyConsistency(other, to, old, now, proof)).toBe(false);
        for (const broken of breakProofs(proof, bit))
          expect(verifyConsistency(from, to, old, now, broken)).toBe(false);
        expect(verifyConsistency(to + 1, to, now, now, [])).toBe(false);
      }),
    );
  });
});

describe("A proof", () => {
  test("of a leaf that is not there is refused with a sentence", async () => {
    const nodes = keepNodes(leaves);
    await expect(proveInclusion(8, 8, nodes)).rejects.toThrow("no leaf 8");
    await expect(proveInclusion(-1, 8, nodes)).rejects.toThrow("whole number");
    await expect(proveConsistency(5, 4, nodes)).rejects.toThrow("from 5 on here, not 4");
  });

  test("of a tree beyond 32 bits reads few nodes", async () => {
    let read = 0;
    const proof = await proveInclusion(2 ** 40, 2 ** 40 + 3, (places) => {
      read = places.length;
      return Promise.resolve(places.map(({ level, index }) => sha256(`${level} ${index}`)));
    });
    expect(proof).toHaveLength(3);
    expect(read).toBe(3);
  });
});

/** Every way to take a bit, a step or the order from a proof, or to add a step. */
function breakProofs(proof: readonly Uint8Array[], bit: number): Uint8Array[][] {
  const some = leaves[bit % 8]!;
  return [
    ...proof.map((step, i) => proof.with(i, flip(step, bit))),
    ...proof.map((_, i) => proof.toSpliced(i, 1)),
    [...proof, some],
    [some, ...proof],
  ];
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const place = Math.floor(bit / 8) % bytes.length;
  return bytes.with(place, bytes[place]! ^ (1 << (bit % 8)));
}

/** Nodes of a tree that goes on for ever, for the length of its proofs. */
function keepPretended(tree: readonly Uint8Array[]) {
  return (places: readonly unknown[]) => Promise.resolve(places.map(() => tree[0]!));
}

/** `MTH(D_n)`, word for word. */
function naiveRoot(tree: readonly Uint8Array[]): Uint8Array {
  if (tree.length === 0) return sha256("");
  if (tree.length === 1) return tree[0]!;
  const k = middle(tree.length);
  return hashNode(naiveRoot(tree.slice(0, k)), naiveRoot(tree.slice(k)));
}

/** `PATH(m, D_n)`, word for word. */
function naivePath(m: number, tree: readonly Uint8Array[]): Uint8Array[] {
  if (tree.length === 1) return [];
  const k = middle(tree.length);
  return m < k
    ? [...naivePath(m, tree.slice(0, k)), naiveRoot(tree.slice(k))]
    : [...naivePath(m - k, tree.slice(k)), naiveRoot(tree.slice(0, k))];
}

/** `SUBPROOF(m, D_n, b)`, word for word. */
function naiveProof(m: number, tree: readonly Uint8Array[], b: boolean): Uint8Array[] {
  if (m === tree.length) return b ? [] : [naiveRoot(tree)];
  const k = middle(tree.length);
  return m <= k
    ? [...naiveProof(m, tree.slice(0, k), b), naiveRoot(tree.slice(k))]
    : [...naiveProof(m - k, tree.slice(k), false), naiveRoot(tree.slice(0, k))];
}

function middle(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}
