import { Malformed } from "./malformed.ts";

declare const brand: unique symbol;

/**
 * Mã đơn vị hành chính: two digits for a province, three for a district, five for a commune, as text.
 * A code names a unit only together with a day, because codes live on in other units (00004 was
 * Phường Trúc Bạch until 30/06/2025 and is Phường Ba Đình since).
 */
export type UnitCode = string & { readonly [brand]: "UnitCode" };

/** @throws {Malformed} with the position of the first character that is not a digit. */
export function parseUnitCode(text: string): UnitCode {
  const position = text.search(/[^0-9]/) + 1;
  if (position > 0)
    throw new Malformed(
      `A unit code is made of digits; character ${position} is not one.`,
      position,
    );
  if (text.length !== 2 && text.length !== 3 && text.length !== 5)
    throw new Malformed(
      `A unit code has 2 digits (province), 3 (district) or 5 (commune); this one has ${text.length}.`,
      Math.max(text.length, 1),
    );
  return text as UnitCode;
}
