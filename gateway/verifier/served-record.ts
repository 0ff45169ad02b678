import type { JSONWebKeySet } from "jose";

/** What the gateway has put into the page; the page believes of it only what the signature says. */
export interface ServedRecord {
  readonly id: string;
  readonly jws: string;
  readonly keys: JSONWebKeySet["keys"];
}

/** @returns undefined where the gateway knows of no genuine record of this address */
export function readServedRecord(text: string | undefined): ServedRecord | undefined {
  return text ? (JSON.parse(text) as ServedRecord) : undefined;
}
