import type { BirthRow, DeathRow } from "./loaders.ts";

/** Where an act stands in the books, and whether it counts. */
export type BookEntry = Pick<BirthRow, "book" | "number" | "office" | "registered_on" | "status">;

/**
 * The entry of a death. When somebody declared dead has returned, the revocation takes the act its
 * force, as a cancellation does (Law on Marriage and Family 52/2014, Article 67).
 */
export function entryOfDeath(death: DeathRow): BookEntry {
  return death.revoked_on === null ? death : { ...death, status: "CANCELLED" };
}

/** A cancelled entry is shown and does not count. */
export function counts(entry: Pick<BookEntry, "status">): boolean {
  return entry.status !== "CANCELLED";
}
