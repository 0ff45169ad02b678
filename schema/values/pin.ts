import { Malformed } from "./malformed.ts";
import type { PartialDate } from "./partial-date.ts";
import { knownPinPlaces } from "./pin-place.ts";

declare const brand: unique symbol;

/** Số định danh cá nhân: twelve ASCII digits, kept as text (Law on Identification 26/2023, Article 12). */
export type Pin = string & { readonly [brand]: "Pin" };

export type Sex = "MALE" | "FEMALE";

/** What a personal number says against the register. Flagged and correctable, never a refusal. */
export type PinFlag =
  | "PLACE_UNKNOWN"
  | "SEX_DIFFERS"
  | "BIRTH_YEAR_DIFFERS"
  | "BIRTH_YEAR_IN_FUTURE";

const digits = 12;
const fullWidthZero = 0xff10;

/**
 * Reads a personal number as people type and paste it: spaces and dots are dropped, full-width digits
 * made plain. Everything else that is not an ASCII digit is refused, other scripts' digits and
 * invisible marks too: two numbers that look alike must not differ.
 *
 * @throws {Malformed} with the position of the first character that does not belong.
 */
export function parsePin(text: string): Pin {
  let pin = "";
  let position = 0;
  let firstTooMany = 0;
  for (const character of text) {
    position++;
    if (character >= "0" && character <= "9") pin += character;
    else if (character >= "０" && character <= "９")
      pin += String(character.charCodeAt(0) - fullWidthZero);
    else if (!/^[\p{Zs}.．]$/u.test(character))
      throw new Malformed(
        `A PIN has ${digits} digits; character ${position} (${describe(character)}) is not a digit.`,
        position,
      );
    if (pin.length > digits && firstTooMany === 0) firstTooMany = position;
  }
  if (firstTooMany > 0)
    throw new Malformed(
      `A PIN has ${digits} digits; this one has ${pin.length}, too many from position ${firstTooMany}.`,
      firstTooMany,
    );
  if (pin.length < digits)
    throw new Malformed(
      `A PIN has ${digits} digits; this one has ${pin.length} and ends at position ${position}.`,
      Math.max(position, 1),
    );
  return pin as Pin;
}

/** Names a character so that an invisible one can be found. */
function describe(character: string): string {
  const code = `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  return /^[\p{L}\p{P}\p{S}]$/u.test(character) ? `"${character}", ${code}` : code;
}

/** The three digits of the place of birth registration; a code of the list of that day. */
export const pinPlace = (pin: Pin): string => pin.slice(0, 3);

/** The sex that digit 4 states: even male, odd female (Decree 137/2015, Article 13). */
export const pinSex = (pin: Pin): Sex => (Number(pin[3]) % 2 === 0 ? "MALE" : "FEMALE");

/** The birth year that digits 4 to 6 state, 1900 to 2399. */
export const pinBirthYear = (pin: Pin): number =>
  1900 + Math.floor(Number(pin[3]) / 2) * 100 + Number(pin.slice(4, 6));

/**
 * Holds a number against what the register knows of its bearer (Circular 59/2021/TT-BCA, Article 6
 * gives the remedy). What the register does not know is not compared.
 */
export function pinFlags(
  pin: Pin,
  bearer: { sex: Sex | null; birthDate: PartialDate | null; thisYear: number },
): PinFlag[] {
  const year = pinBirthYear(pin);
  const flags: PinFlag[] = [];
  if (!knownPinPlaces.has(pinPlace(pin))) flags.push("PLACE_UNKNOWN");
  if (bearer.sex !== null && bearer.sex !== pinSex(pin)) flags.push("SEX_DIFFERS");
  if (bearer.birthDate !== null && Number(bearer.birthDate.slice(0, 4)) !== year)
    flags.push("BIRTH_YEAR_DIFFERS");
  if (year > bearer.thisYear) flags.push("BIRTH_YEAR_IN_FUTURE");
  return flags;
}
