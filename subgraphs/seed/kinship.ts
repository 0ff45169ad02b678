import type { Person } from "./person.ts";

/**
 * Whether the law bars the two from marrying as kin (Law on Marriage and Family 52/2014, Article 5.2d):
 * in direct line, or with an ancestor within two steps of both: siblings, uncle and niece, cousins.
 */
export function isKin(one: Person, other: Person): boolean {
  const near = new Set<Person>();
  climb(one, 2, (ancestor) => near.add(ancestor));
  let found = false;
  climb(other, 2, (ancestor) => (found ||= near.has(ancestor)));
  return found || isAncestor(one, other) || isAncestor(other, one);
}

function isAncestor(elder: Person, person: Person): boolean {
  if (elder.birth >= person.birth) return false;
  let found = false;
  climb(person, 4, (ancestor) => (found ||= ancestor === elder));
  return found;
}

/** Calls back with the person and the ancestors up to so many steps away. */
function climb(person: Person, steps: number, visit: (ancestor: Person) => void): void {
  visit(person);
  if (steps === 0) return;
  if (person.father) climb(person.father, steps - 1, visit);
  if (person.mother) climb(person.mother, steps - 1, visit);
}
