import { readFileSync } from "node:fs";
import { isRole, roles } from "./roles.ts";
import type { Role } from "./roles.ts";
import { lanes } from "./terms.ts";
import type { Lane } from "./terms.ts";
import { parseCivilDate } from "./values/date.ts";
import type { CivilDate } from "./values/date.ts";

/** Why a register may be asked: an entry of the controlled list `schema/purposes.json`. */
export interface Purpose {
  /** As the header `x-purpose` and the owners' `@open` name it: small letters and hyphens. */
  readonly code: string;
  /** Its official Vietnamese name. */
  readonly name: string;
  /** Code of the administrative procedure, such as `1.004873`; default null, where it is none. */
  readonly procedure: string | null;
  /** One at least; the purpose is in force on each day on which one of them is. */
  readonly legalBasis: readonly LegalBasis[];
  /** Who may ask for it. */
  readonly roles: readonly Role[];
  readonly lane: Lane;
  /** Whether the number of a case file must be told; default false. */
  readonly caseNeeded: boolean;
  /**
   * Citizens that one case may look up, and so one request, from 1; more needs a supervisor's recorded
   * confirmation. Default null, as many as a request may name.
   */
  readonly people: number | null;
  /** Whether nobody may be looked up but the asker himself; default false. */
  readonly ownDataOnly: boolean;
  /** What must belong to the asker's administrative unit; default null, nothing. */
  readonly unit: "citizen" | "case" | null;
  /** Years before today that a day asked about may lie back, from 0; default null, the whole history. */
  readonly historyYears: number | null;
  /** Least level of a citizen's identity, the claim `acr`; default null, none is asked for. */
  readonly identityLevel: number | null;
  /** Months for which the log keeps who asked, and about whom, from 1; default 24. */
  readonly logMonths: number;
  /** Whether and why a citizen is told of it later than at once; default null. */
  readonly delayedDisclosure: DelayedDisclosure | null;
}

/** Until when, and by which law, a citizen is not told that somebody looked. */
export interface DelayedDisclosure {
  /** Days after the access, from 1. */
  readonly days: number;
  /** Act and article that allow it. */
  readonly ground: string;
}

/** What a purpose rests on. */
export interface LegalBasis {
  /** The act with its number, such as `Nghị định 104/2022/NĐ-CP`. */
  readonly act: string;
  /** Its articles; default null, where they are not known or the act as a whole is meant. */
  readonly article: string | null;
  /** First day on which it carries the purpose; default null, before every day that is looked up now. */
  readonly from: CivilDate | null;
  /** Last such day; default null, none is set. */
  readonly to: CivilDate | null;
  /** Whether somebody has read that it carries the purpose; where false it is a proposal. Default true. */
  readonly verified: boolean;
}

/** The published list, by code. */
export function readPurposes(): ReadonlyMap<string, Purpose> {
  return parsePurposes(
    readFileSync(new URL("./purposes.json", import.meta.url), "utf8"),
    "purposes.json",
  );
}

/**
 * Reads a list of purposes; a field that is left out has the default that `Purpose` tells.
 *
 * @param file what an error calls the text
 * @throws {Error} with a sentence that names the purpose, the field and what it must be
 */
export function parsePurposes(text: string, file: string): ReadonlyMap<string, Purpose> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(json)) throw new Error(`${file} must hold a list of purposes.`);
  const purposes = new Map<string, Purpose>();
  for (const [index, given] of json.entries()) {
    const purpose = readPurpose(given, `${file}, purpose ${index + 1}:`);
    if (purposes.has(purpose.code))
      throw new Error(`${file}: there are two purposes "${purpose.code}"; a code names one.`);
    purposes.set(purpose.code, purpose);
  }
  return purposes;
}

/** Whether a purpose has a legal basis on a day. */
export function isInForce({ legalBasis }: Purpose, day: CivilDate): boolean {
  return legalBasis.some((basis) => carries(basis, day));
}

/** What a purpose rests on on a day, for a sentence: acts with their articles, proposals marked so. */
export function describeLegalBasis({ legalBasis }: Purpose, day: CivilDate): string {
  return legalBasis
    .filter((basis) => carries(basis, day))
    .map(({ act, article, verified }) =>
      [act, article && `, ${article}`, verified ? "" : " (đề xuất)"].join(""),
    )
    .join("; ");
}

function carries({ from, to }: LegalBasis, day: CivilDate): boolean {
  return (from === null || from <= day) && (to === null || day <= to);
}

type Json = Readonly<Record<string, unknown>>;

function readPurpose(given: unknown, where: string): Purpose {
  const { read, refuseOthers } = openObject(given, where);
  const purpose = {
    code: read("code", "small letters and hyphens, such as own-data", isCode),
    name: read("name", "a text", isText),
    procedure: read("procedure", "a code such as 1.004873, or null", orNull(isProcedure), null),
    legalBasis: read("legalBasis", "a list of at least one act", isFilledList).map((basis, index) =>
      readBasis(basis, `${where} "legalBasis"[${index}]:`),
    ),
    roles: read("roles", `a list of at least one of ${roles.join(", ")}`, isListOf(isRole)),
    lane: read("lane", `one of ${lanes.join(", ")}`, isLane),
    caseNeeded: read("caseNeeded", "true or false", isBoolean, false),
    people: read("people", "a whole number from 1, or null", orNull(isCount(1)), null),
    ownDataOnly: read("ownDataOnly", "true or false", isBoolean, false),
    unit: read("unit", '"citizen", "case" or null', orNull(isUnitOf), null),
    historyYears: read("historyYears", "a whole number from 0, or null", orNull(isCount(0)), null),
    identityLevel: read(
      "identityLevel",
      "a whole number from 1, or null",
      orNull(isCount(1)),
      null,
    ),
    logMonths: read("logMonths", "a whole number from 1", isCount(1), 24),
    delayedDisclosure: readDelay(
      read("delayedDisclosure", "an object, or null", isAnything, null),
      where,
    ),
  };
  refuseOthers(Object.keys(purpose));
  return Object.freeze(purpose);
}

function readDelay(given: unknown, where: string): DelayedDisclosure | null {
  if (given === null) return null;
  const { read, refuseOthers } = openObject(given, `${where} "delayedDisclosure":`);
  const delay = {
    days: read("days", "a whole number from 1", isCount(1)),
    ground: read("ground", "a text", isText),
  };
  refuseOthers(Object.keys(delay));
  return Object.freeze(delay);
}

function readBasis(given: unknown, where: string): LegalBasis {
  const { read, refuseOthers } = openObject(given, where);
  const basis = {
    act: read("act", "an act with its number", isText),
    article: read("article", "a text, or null", orNull(isText), null),
    from: read("from", "a day YYYY-MM-DD, or null", orNull(isDay), null),
    to: read("to", "a day YYYY-MM-DD, or null", orNull(isDay), null),
    verified: read("verified", "true or false", isBoolean, true),
  };
  refuseOthers(Object.keys(basis));
  if (basis.from !== null && basis.to !== null && basis.to < basis.from)
    throw new Error(`${where} "to" must not lie before "from".`);
  return Object.freeze(basis);
}

/** Reads fields of an object; one that nobody reads is refused, since a misspelt limit would be none. */
function openObject(given: unknown, where: string) {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new Error(`${where} must be an object.`);
  const json = given as Json;
  const read = <T>(
    field: string,
    must: string,
    accepts: (value: unknown) => value is T,
    fallback?: T,
  ): T => {
    const value = json[field] === undefined ? fallback : json[field];
    if (accepts(value)) return value;
    const came = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
    throw new Error(`${where} "${field}" must be ${must}, and ${came}.`);
  };
  const refuseOthers = (known: readonly string[]) => {
    const unknown = Object.keys(json).find((field) => !known.includes(field));
    if (unknown !== undefined)
      throw new Error(`${where} "${unknown}" is none of ${known.join(", ")}.`);
  };
  return { read, refuseOthers };
}

function isAnything(value: unknown): value is unknown {
  return value !== undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function isCode(value: unknown): value is string {
  return typeof value === "string" && /^[a-z]+(-[a-z]+)*$/.test(value);
}

function isProcedure(value: unknown): value is string {
  return typeof value === "string" && /^[0-9]\.[0-9]{6}$/.test(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isLane(value: unknown): value is Lane {
  return lanes.some((lane) => lane === value);
}

function isUnitOf(value: unknown): value is "citizen" | "case" {
  return value === "citizen" || value === "case";
}

function isFilledList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function isListOf<T>(accepts: (value: unknown) => value is T) {
  return (value: unknown): value is readonly T[] => isFilledList(value) && value.every(accepts);
}

function isCount(from: number) {
  return (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= from;
}

function isDay(value: unknown): value is CivilDate {
  try {
    return typeof value === "string" && parseCivilDate(value) === value;
  } catch {
    return false;
  }
}

function orNull<T>(accepts: (value: unknown) => value is T) {
  return (value: unknown): value is T | null => value === null || accepts(value);
}
