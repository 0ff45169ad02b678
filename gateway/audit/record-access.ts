import { createHash } from "node:crypto";
import type { Pin } from "../../schema/values/pin.ts";
import type { Access, SourceReport } from "../access.ts";
import type { Granted } from "../policy/rights.ts";
import type { Charge, Unclaimed } from "../source/bill.ts";
import { toChargedUnits } from "./charged-units.ts";
import { describeAccess, describeDelay, describeSerialNumbers } from "./entry.ts";
import type { Entry } from "./entry.ts";
import type { AuditLog } from "./log.ts";
import { watchSerialNumbers } from "./serial-numbers.ts";
import { judgeOutcome, listOutcomes } from "./outcome.ts";
import type { AnsweredWith } from "./outcome.ts";
import { hashRecent } from "./recent-hashes.ts";
import type { PinKey } from "./pin-hash.ts";

/** A request that was executed, and is about to be answered. */
export interface Answering {
  readonly access: Access;
  readonly granted: Granted;
  /** The operation as the planner got it, without a value of an argument; the same object for each of its requests. */
  readonly operation: { readonly text: string };
  /** What is about to be sent. */
  readonly result: AnsweredWith;
  /** How each source took part, summed up. */
  readonly sources: readonly SourceReport[];
  /** Units of the owners that are charged to this request. */
  readonly charges: readonly Charge[];
  /** Personal numbers of everybody whose rows were read for it. */
  readonly shown: ReadonlySet<string>;
}

/**
 * Writes down that an answer is about to be sent: one entry for each person whom the request names, and one
 * for each who was found through these, next to each other; one without a person where it names none and asks
 * personal data, or cost units. The request's units stand in the first.
 *
 * @returns the indexes of those about whom it names, so that evidence, which anybody may see, does not tell
 *   how many were found through them; none where nothing personal was asked
 * @throws where they could not be recorded: then nothing may be sent
 */
export type RecordAccess = (answering: Answering) => Promise<readonly number[]>;

export interface RecorderOptions {
  readonly log: Pick<AuditLog, "append">;
  /** Told of units that are charged to a request which could not be recorded. */
  readonly onUnclaimed: (unclaimed: Unclaimed) => void;
  /** The key that PINs are hashed under now. @throws where there is none */
  readonly currentKey: () => PinKey;
  /** How many days later a citizen is told of a look for a purpose, and on what ground; null where at once. */
  readonly delayOf: (
    purpose: string,
  ) => { readonly days: number; readonly ground: string } | null | undefined;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  /** Told how many seconds it took to record one request, or to fail. */
  readonly onAppend: (seconds: number) => void;
}

/** Makes the function that records each request. */
export function createRecorder(options: RecorderOptions): RecordAccess {
  const { log, currentKey, monotonic, onAppend, onUnclaimed } = options;
  const hashOf = keepHashes();
  const fieldsOf = keepSorted();
  const isSerial = watchSerialNumbers(monotonic);
  return async (answering) => {
    const { access, granted, operation, charges } = answering;
    if (!isPersonal(answering)) return [];
    const started = monotonic();
    try {
      const hash = hashOf(operation);
      const fields = fieldsOf(granted.fields);
      const people = peopleOf(answering);
      const entries = describePeople(answering, people, hash, fields, currentKey);
      const told = entries.length;
      entries.push(...describeThirdParties(answering, people, hash, fieldsOf, currentKey));
      addDelays(entries, access, options);
      if (isSerial(access.subject, granted.people)) entries.push(describeSerialNumbers(access));
      const indexes = (await log.append(entries)).slice(0, told);
      for (const { recorded } of charges) recorded();
      return indexes;
    } catch (error) {
      for (const charge of charges) onUnclaimed({ ...charge, agency: access.agency });
      throw error;
    } finally {
      onAppend((monotonic() - started) / 1000);
    }
  };
}

function isPersonal({ granted, charges }: Answering): boolean {
  return granted.people.length + granted.fields.length + charges.length > 0;
}

/** Whom a request is about: those whom it names; a citizen who names nobody asks about himself. */
function peopleOf({ access, granted }: Answering): readonly string[] {
  if (granted.people.length > 0 || access.pin === undefined) return granted.people;
  return [access.pin];
}

const dayMs = 24 * 3_600_000;

/** Beside each look whose purpose delays its disclosure, an entry that says so. */
function addDelays(
  entries: Entry[],
  access: Access,
  { delayOf, wallClock }: RecorderOptions,
): void {
  const delay = delayOf(access.purpose);
  if (delay == null) return;
  const until = new Date(wallClock() + delay.days * dayMs).toISOString();
  const { ground } = delay;
  for (const { detail } of entries.slice())
    if (detail.pin) entries.push(describeDelay(access, detail.pin, { until, ground }));
}

function describePeople(
  { access, granted, result, sources, charges }: Answering,
  people: readonly string[],
  operation: string,
  fields: readonly string[],
  currentKey: () => PinKey,
): Entry[] {
  const { requestId, subject, agency, purpose, caseNumber, signal } = access;
  const { predicates } = granted;
  const units = charges.flatMap(toChargedUnits);
  const common = { requestId, subject, agency, purpose, caseNumber, operation, fields, sources };
  if (people.length === 0) {
    const outcome = judgeOutcome(result, signal.aborted);
    return [describeAccess({ ...common, predicates, pin: null, outcome, units })];
  }
  const key = currentKey();
  const outcomes = listOutcomes(result, people.length, signal.aborted);
  return people.map((person, place) =>
    describeAccess({
      ...common,
      predicates: predicates.filter(({ people: about }) =>
        // Of somebody whom no argument names, it is about everybody whom the request names.
        about.length === 0 ? true : about.includes(person),
      ),
      pin: hashRecent(key, person as Pin),
      outcome: outcomes[place]!,
      units: place === 0 ? units : [],
    }),
  );
}

/**
 * Those who were found through the people of a request: each sees who looked, and at what of citizens whom
 * the request does not name.
 */
function describeThirdParties(
  { access, granted, result, sources, shown }: Answering,
  people: readonly string[],
  operation: string,
  fieldsOf: (fields: readonly string[]) => readonly string[],
  currentKey: () => PinKey,
): Entry[] {
  const fields = fieldsOf(granted.thirdPartyFields);
  if (fields.length === 0) return [];
  const { requestId, subject, agency, purpose, caseNumber, signal } = access;
  const outcome = judgeOutcome(result, signal.aborted);
  const predicates = granted.predicates.filter((each) => each.people.length === 0);
  return [...shown.difference(new Set(people))].map((person) =>
    describeAccess({
      ...{ requestId, subject, agency, purpose, caseNumber, operation, fields, sources },
      ...{ predicates, outcome, units: [] },
      thirdParty: true,
      pin: hashRecent(currentKey(), person as Pin),
    }),
  );
}

/** SHA-256 of an operation's text, in hexadecimal, reckoned once. */
function keepHashes(): (operation: Answering["operation"]) => string {
  const hashes = new WeakMap<Answering["operation"], string>();
  return (operation) => {
    const known = hashes.get(operation);
    if (known !== undefined) return known;
    const hash = createHash("sha256").update(operation.text).digest("hex");
    hashes.set(operation, hash);
    return hash;
  };
}

/** Sorts a list once: most operations ask the same fields for each of their requests. */
function keepSorted(): (fields: readonly string[]) => readonly string[] {
  const sorted = new WeakMap<readonly string[], readonly string[]>();
  return (fields) => {
    const known = sorted.get(fields);
    if (known) return known;
    const each = Object.freeze(fields.toSorted());
    sorted.set(fields, each);
    return each;
  };
}
