/** What JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** A value that has no canonical JSON; the message says where it stands and what it is. */
export class NotJson extends Error {
  override readonly name = "NotJson";
}

/**
 * The one text of a JSON value by RFC 8785 (JCS), which is what signatures and hashes are made over: no
 * white space, names of members sorted by their UTF-16 code units, numbers and texts as ECMAScript writes
 * them. Its UTF-8 bytes are the canonical bytes.
 *
 * Nothing is left out or turned into something else, as `JSON.stringify` does: what would be, is refused.
 *
 * @throws {NotJson} for `undefined`, a number that is not finite, a text with half a surrogate pair,
 *   a big integer, a function, a symbol, an object that is not plain, and one that contains itself
 */
export function canonicalize(value: Json): string {
  try {
    return write(value, "");
  } catch (error) {
    if (error instanceof RangeError)
      throw new NotJson("The value contains itself, or nests too deep to be written as JSON.");
    throw error;
  }
}

function write(value: unknown, place: string): string {
  switch (typeof value) {
    case "string":
      return writeText(value, place);
    case "number":
      // ECMAScript's own form of a number is the one of RFC 8785, section 3.2.2.3; -0 is 0.
      if (Number.isFinite(value)) return String(value === 0 ? 0 : value);
      throw refuse(place, `the number ${value}`);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return writeArray(value, place);
      return writeObject(value, place);
    default:
      throw refuse(place, value === undefined ? "undefined" : `a ${typeof value}`);
  }
}

function writeText(text: string, place: string): string {
  if (!text.isWellFormed()) throw refuse(place, "a text with half a surrogate pair");
  return JSON.stringify(text);
}

function writeArray(array: readonly unknown[], place: string): string {
  let text = "";
  // By index, since an array's methods pass over what was never set.
  for (let index = 0; index < array.length; index++)
    text += `${index === 0 ? "" : ","}${write(array[index], `${place}/${index}`)}`;
  return `[${text}]`;
}

function writeObject(object: object, place: string): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null)
    throw refuse(place, `an object of class ${object.constructor.name}`);
  if (Object.getOwnPropertySymbols(object).length > 0)
    throw refuse(place, "an object with a symbol for a name");
  const members = object as Readonly<Record<string, unknown>>;
  let text = "";
  // Without a comparison of its own, `toSorted` goes by UTF-16 code units, as the RFC does.
  for (const name of Object.keys(members).toSorted())
    text += `${text === "" ? "" : ","}${writeText(name, `${place}/${name}`)}:${write(members[name], `${place}/${name}`)}`;
  return `{${text}}`;
}

/** The place is a JSON pointer (RFC 6901, names as they are); the value itself may be personal. */
function refuse(place: string, what: string): NotJson {
  const where = place === "" ? "The value" : `The value at ${place}`;
  return new NotJson(
    `${where} is ${what}, which JSON cannot say. Leave it out, or write it as a text.`,
  );
}
