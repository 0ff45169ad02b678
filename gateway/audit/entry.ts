import { canonicalize } from "../../schema/canonical-json.ts";
import type { Json } from "../../schema/canonical-json.ts";
import type { Lane } from "../../schema/terms.ts";
import { sha256 } from "./merkle.ts";
import type { PinHash } from "./pin-hash.ts";

/**
 * One entry of the log. Its fixed part stays for ever, since the tree stands on it; its detail is deleted
 * when the time that its purpose is kept has passed. What belongs where, and why: README.md.
 */
export interface Entry {
  /** What happened: `access`, `search`, `reconciled`, `erasure`, and whatever comes. */
  readonly kind: string;
  /** Code of the agency that it happened for. */
  readonly agency: string;
  /** Code of the purpose; empty where nobody asked for anything. */
  readonly purpose: string;
  /**
   * What else is fixed, by kind: an object, or its canonical JSON where that is at hand. Nothing that tells
   * who, or that two entries are about one person.
   */
  readonly facts: JsonObject | string;
  readonly detail: Detail;
}

/** What tells of people: the one who asked, and the one who was asked about. */
export interface Detail {
  /** Who acted, as the issuer names him; null where nobody did. */
  readonly subject: string | null;
  readonly caseNumber: string | null;
  /** Whose data it was about; null where it was about nobody in particular. */
  readonly pin: PinHash | null;
  /** What else there is, by kind: an object, or its canonical JSON where that is at hand. */
  readonly more: JsonObject | string;
}

export type JsonObject = { readonly [name: string]: Json };

/** Units of an owner that an entry accounts for, so that the ledger can be rebuilt from the log. */
export interface ChargedUnits {
  readonly source: string;
  readonly lane: Lane;
  /** The owner's day, `YYYY-MM-DD`; null while only the owner knows whether it counted them. */
  readonly day: string | null;
  readonly units: number;
  /** Idempotency key of the call, `<lease>.<number>`, by which the owner's word on it replaces this. */
  readonly call: string;
}

/** One person's data about to be sent in answer to one request. */
export interface Access {
  readonly requestId: string;
  readonly subject: string;
  readonly agency: string;
  readonly purpose: string;
  readonly caseNumber: string | undefined;
  /** Hash of the operation's text. */
  readonly operation: string;
  /** Coordinates of the fields that were asked for, `Citizen.birthDate`; of one list the text is written once. */
  readonly fields: readonly string[];
  /** Questions about fields that are closed themselves, with their arguments as JSON. */
  readonly predicates: readonly { readonly coordinate: string; readonly arguments: string }[];
  /** Null where the request names nobody, and asks personal data all the same. */
  readonly pin: PinHash | null;
  /** Whether the request does not name the person, who was found through another: a spouse, a father. */
  readonly thirdParty?: boolean;
  readonly sources: readonly {
    readonly name: string;
    readonly status: string;
    readonly asOf: string | null;
  }[];
  /** How it ended, such as `answered`, `partial`, `not-found`. */
  readonly outcome: string;
  readonly units: readonly ChargedUnits[];
}

export function describeAccess(access: Access): Entry {
  const { outcome, units } = access;
  return {
    kind: "access",
    agency: access.agency,
    purpose: access.purpose,
    facts: `{"outcome":${canonicalize(outcome)},"units":[${units.map(writeUnitsText).join()}]}`,
    detail: {
      subject: access.subject,
      caseNumber: access.caseNumber ?? null,
      pin: access.pin,
      more: writeMore(access),
    },
  };
}

/**
 * What an owner says of a call of which no answer was heard, or of all calls under the lease of a process
 * that died: it replaces whatever other entries say of them. No units where it counted none.
 */
export function describeOwnerWord(
  word: { readonly call: string } | { readonly lease: string },
  units: readonly OwnersUnits[],
): Entry {
  return describeUnasked("reconciled", "", { word, units: units.map(writeOwnersUnits) });
}

/** Units that no answer shows, since those who asked had gone when it came. */
export function describeUnclaimed(agency: string, units: readonly ChargedUnits[]): Entry {
  return describeUnasked("unclaimed", agency, { units: units.map(writeUnits) });
}

/** What was added to the ledger, or taken off, when a day was compared with its owner's meter. */
export function describeRepair(units: readonly OwnersUnits[]): Entry {
  return describeUnasked("repaired", "", { units: units.map(writeOwnersUnits) });
}

/** Units without a call that they could be told apart by. */
export interface OwnersUnits {
  readonly source: string;
  /** A lane, or `granted` where a repair changed what is granted. */
  readonly lane: string;
  readonly day: string;
  /** Below 0 where a repair took some off. */
  readonly units: number;
}

function describeUnasked(kind: string, agency: string, facts: JsonObject): Entry {
  const detail = { subject: null, caseNumber: null, pin: null, more: {} };
  return { kind, agency, purpose: "", facts, detail };
}

/** A search in the log itself, with what was searched for; a PIN only as its hash. */
export function describeSearch(
  auditor: Pick<Access, "requestId" | "subject" | "agency" | "purpose">,
  search: { readonly pin: PinHash | null; readonly filter: JsonObject },
): Entry {
  return {
    kind: "search",
    agency: auditor.agency,
    purpose: auditor.purpose,
    facts: {},
    detail: {
      subject: auditor.subject,
      caseNumber: null,
      pin: search.pin,
      more: { requestId: auditor.requestId, filter: search.filter },
    },
  };
}

/** A request that was refused at identity, operation, purpose, rights or cost. */
export interface RefusedRequest {
  readonly requestId: string;
  /** Null where nobody showed who asks. */
  readonly subject: string | null;
  /** Codes of the errors that were told. */
  readonly codes: readonly string[];
  /** Coordinates of the fields that were refused. */
  readonly fields: readonly string[];
  /** Refusals of the same subject since the last one that were not written down. */
  readonly left: number;
}

export function describeRefusal({
  requestId,
  subject,
  codes,
  fields,
  left,
}: RefusedRequest): Entry {
  return {
    kind: "refusal",
    agency: "",
    purpose: "",
    facts: { codes, left },
    detail: { subject, caseNumber: null, pin: null, more: { requestId, fields } },
  };
}

/** That the look beside it, of the same request and person, is told to the citizen later than at once. */
export function describeDelay(
  {
    requestId,
    subject,
    agency,
    purpose,
  }: Pick<Access, "requestId" | "subject" | "agency" | "purpose">,
  pin: PinHash,
  /** `until`: RFC 3339. */
  delay: { readonly until: string; readonly ground: string },
): Entry {
  const detail = { subject, caseNumber: null, pin, more: { requestId } };
  return { kind: "delay", agency, purpose, facts: { ...delay }, detail };
}

/** That an officer went through personal numbers in a row, which their hashes cannot show. */
export function describeSerialNumbers({
  requestId,
  subject,
  agency,
  purpose,
  caseNumber,
}: Pick<Access, "requestId" | "subject" | "agency" | "purpose" | "caseNumber">): Entry {
  const detail = { subject, caseNumber: caseNumber ?? null, pin: null, more: { requestId } };
  return { kind: "alert", agency, purpose, facts: { alert: "SERIAL_NUMBERS" }, detail };
}

/** What one deletion of details covers: entries of a purpose before a time. */
export interface Erasure {
  readonly purpose: string;
  /** RFC 3339, UTC. */
  readonly before: string;
}

/** To be appended before details are deleted: one that is missing without such an entry was stolen. */
export function describeErasure(agency: string, erasure: Erasure): Entry {
  return {
    kind: "erasure",
    agency,
    purpose: "",
    facts: { ...erasure },
    detail: { subject: null, caseNumber: null, pin: null, more: {} },
  };
}

/** @returns undefined where the facts are not those of an erasure */
export function readErasure(facts: string): Erasure | undefined {
  try {
    const { purpose, before } = JSON.parse(facts) as Partial<Erasure>;
    if (typeof purpose !== "string" || typeof before !== "string") return undefined;
    return { purpose, before };
  } catch {
    return undefined;
  }
}

const fieldTexts = new WeakMap<readonly string[], string>();

/** The rest of a detail as canonical JSON: put together by hand, as each request of a busy gateway needs one. */
function writeMore({
  requestId,
  operation,
  fields,
  predicates,
  thirdParty = false,
  sources,
}: Access): string {
  let fieldText = fieldTexts.get(fields);
  if (fieldText === undefined) {
    fieldText = canonicalize(fields);
    fieldTexts.set(fields, fieldText);
  }
  const told = sources.map(
    ({ name, status, asOf }) =>
      `{"asOf":${canonicalize(asOf)},"name":${canonicalize(name)},"status":${canonicalize(status)}}`,
  );
  // Most requests have no predicates, and the member then.
  const asked =
    predicates.length > 0 ? `"predicates":${canonicalize(predicates.map(writePredicate))},` : "";
  return (
    `{"fields":${fieldText},"operation":${canonicalize(operation)},${asked}` +
    `${thirdParty ? '"relation":"thirdParty",' : ""}"requestId":${canonicalize(requestId)},"sources":[${told.join()}]}`
  );
}

function writePredicate({ coordinate, arguments: given }: Access["predicates"][number]) {
  return { field: coordinate, arguments: given };
}

/** The canonical JSON of it: for most requests that is all that their facts hold. */
function writeUnitsText({ source, lane, day, units, call }: ChargedUnits): string {
  return (
    `{"call":${canonicalize(call)},"day":${canonicalize(day)},"lane":${canonicalize(lane)},` +
    `"source":${canonicalize(source)},"units":${canonicalize(units)}}`
  );
}

function writeUnits({ source, lane, day, units, call }: ChargedUnits): JsonObject {
  return { source, lane, day, units, call };
}

function writeOwnersUnits({ source, lane, day, units }: OwnersUnits): JsonObject {
  return { source, lane, day, units };
}

/** A fixed part as it is stored. Texts of JSON are canonical. */
export interface StoredEntry {
  /** RFC 3339, UTC, with milliseconds. */
  readonly at: string;
  readonly kind: string;
  readonly agency: string;
  readonly purpose: string;
  readonly facts: string;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
}

/** A detail as it is stored, with its salt of 32 random bytes. */
export interface StoredDetail {
  readonly salt: Uint8Array;
  readonly subject: string | null;
  readonly caseNumber: string | null;
  readonly pin: PinHash | null;
  readonly more: string;
}

/**
 * The bytes of the tree's leaf, as text: canonical JSON (RFC 8785) of the fixed part. The facts are put in
 * as they are stored, so that neither writer nor verifier reads them.
 */
export function writeLeaf({ at, kind, agency, purpose, facts, commitment }: StoredEntry): string {
  return (
    `{"agency":${canonicalize(agency)},"at":${canonicalize(at)},"commitment":"${base64url(commitment)}",` +
    `"facts":${facts},"kind":${canonicalize(kind)},"purpose":${canonicalize(purpose)}}`
  );
}

/**
 * Binds an entry to its detail and tells nothing of it: SHA-256 of the detail's canonical JSON, of which the
 * salt is a member. When the salt is deleted with the detail, nobody can try out what it may have been.
 */
export function commitDetail({ salt, subject, caseNumber, pin, more }: StoredDetail): Uint8Array {
  const hash = pin && `{"hash":"${base64url(pin.hash)}","key":${canonicalize(pin.key)}}`;
  return sha256(
    `{"caseNumber":${canonicalize(caseNumber)},"more":${more},"pin":${hash ?? "null"},` +
      `"salt":"${base64url(salt)}","subject":${canonicalize(subject)}}`,
  );
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}
