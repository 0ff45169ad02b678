import { parsePin } from "../../schema/values/pin.ts";
import type { Pin } from "../../schema/values/pin.ts";

/**
 * A citizen as another sector names him: a representation of `Citizen @key(fields: "pin")`. The numbers
 * that he bears and bore besides come by `@requires(fields: "currentPin formerPins")`, and are null
 * where the population register did not answer.
 */
export interface CitizenReference {
  readonly pin: string;
  readonly currentPin?: string | null;
  readonly formerPins?: readonly string[] | null;
}

/** A citizen with every number under which a register may know him. */
export interface Bearer {
  /** The number that was asked for. */
  readonly pin: Pin;
  /** The number asked for first, then the present and the former ones, each once. */
  readonly pins: readonly Pin[];
}

/**
 * Reads a representation. Without the other numbers only the number itself is searched, which finds
 * what was written since it was given.
 *
 * @throws {Malformed} for a number that is none
 */
export function readBearer({ pin, currentPin, formerPins }: CitizenReference): Bearer {
  const others = [currentPin ?? pin, ...(formerPins ?? [])];
  const asked = parsePin(pin);
  return { pin: asked, pins: [...new Set([asked, ...others.map(parsePin)])] };
}
