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
  // Names and indexes on the way to what is written; where it fails, they say where that stands.
  const path: (string | number)[] = [];
  try {
    return write(value, path);
  } catch (error) {
    if (error instanceof Unwritable) throw refuse(path, error.message);
    if (error instanceof RangeError)
      throw new NotJson("The value contains itself, or nests too deep to be written as JSON.");
    throw error;
  }
}

type Path = (string | number)[];

/** What a value is that cannot be written. */
class Unwritable extends Error {}

function write(value: unknown, path: Path): string {
  switch (typeof value) {
    case "string":
      return writeText(value);
    case "number":
      // ECMAScript's own form of a number is the one of RFC 8785, section 3.2.2.3; -0 is 0.
      if (Number.isFinite(value)) return String(value === 0 ? 0 : value);
      throw new Unwritable(`the number ${value}`);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return writeArray(value, path);
      return writeObject(value, path);
    default:
      throw new Unwritable(value === undefined ? "undefined" : `a ${typeof value}`);
  }
}

/** Nothing in it is to be escaped: most texts are such, and need no second look. */
const plainText = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function writeText(text: string): string {
  if (plainText.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new Unwritable("a text with half a surrogate pair");
  return JSON.stringify(text);
}

function writeArray(array: readonly unknown[], path: Path): string {
  let text = "[";
  // By index, since an array's methods pass over what was never set.
  for (let index = 0; index < array.length; index++) {
    path.push(index);
    text += index === 0 ? write(array[index], path) : `,${write(array[index], path)}`;
    path.pop();
  }
  return `${text}]`;
}

function writeObject(object: object, path: Path): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null)
    throw new Unwritable(`an object of class ${object.constructor.name}`);
  if (Object.getOwnPropertySymbols(object).length > 0)
    throw new Unwritable("an object with a symbol for a name");
  const members = object as Readonly<Record<string, unknown>>;
  let text = "{";
  for (const name of sortNames(Object.keys(members))) {
    path.push(name);
    text += `${text === "{" ? "" : ","}${writeText(name)}:${write(members[name], path)}`;
    path.pop();
  }
  return `${text}}`;
}

/** By UTF-16 code units, as the RFC has it and as ECMAScript compares; most objects come sorted. */
function sortNames(names: string[]): string[] {
  for (let i = 1; i < names.length; i++) if (names[i - 1]! > names[i]!) return names.toSorted();
  return names;
}

/** The place is a JSON pointer (RFC 6901, names as they are); the value itself may be personal. */
function refuse(path: Path, what: string): NotJson {
  const where = path.length === 0 ? "The value" : `The value at /${path.join("/")}`;
  return new NotJson(
    `${where} is ${what}, which JSON cannot say. Leave it out, or write it as a text.`,
  );
}
