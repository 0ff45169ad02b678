import type { Finding } from "./unit.ts";

const mostExamples = 3;

/** Counts what a reader meets, by reason, and keeps the first rows of each to show. */
export function collectFindings(): {
  add: (reason: string, example: string) => void;
  list: () => Finding[];
} {
  const found = new Map<string, { count: number; examples: string[] }>();
  return {
    add(reason, example) {
      const entry = found.get(reason) ?? { count: 0, examples: [] };
      entry.count += 1;
      if (entry.examples.length < mostExamples) entry.examples.push(example);
      found.set(reason, entry);
    },
    list: () => [...found].map(([reason, entry]) => ({ reason, ...entry })),
  };
}
