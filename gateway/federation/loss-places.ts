import type { LossRecord, Path } from "../source/loss.ts";

/**
 * Finds each marked row's path, by its number: a walk through the tree that the executor built, from
 * the answers of the fetches at its root. Only a request that lost something is walked.
 */
export function findMarks({ mark, roots }: LossRecord): Map<number, Path> {
  const found = new Map<number, Path>();
  const path: (string | number)[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        path.push(index);
        visit(item);
        path.pop();
      }
      return;
    }
    if (typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (key === mark) {
        for (const number of Object.keys(inner as object))
          if (!found.has(Number(number))) found.set(Number(number), [...path]);
        continue;
      }
      path.push(key);
      visit(inner);
      path.pop();
    }
  };
  for (const root of roots) visit(root);
  return found;
}
