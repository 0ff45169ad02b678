import type { Lane } from "../../schema/terms.ts";
import type { Refusal, Reservation, Settlement, SourceQuota } from "../quota/quota.ts";
import type { Admission } from "./admission.ts";
import type { Bill, BilledCall } from "./bill.ts";
import type { Breaker, LineState } from "./breaker.ts";
import type { Outcome, Transport } from "./transport.ts";

/** A source's line: what keeps its calls few, paid for, and off a source that does not answer. */
export interface Wire {
  /** Never rejects by the source's fault. */
  send(call: WireCall): Promise<Sent>;
  state(): LineState;
}

export interface WireCall {
  readonly lane: Lane;
  readonly requestId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Whether it only reads, so that it may be sent twice. */
  readonly reads: boolean;
  /** Units that it wants, by agency: asked when it has a place, as some may have gone until then. */
  units(): Units;
  /** Writes the JSON text of a GraphQL request for as many units as there are. */
  write(granted: Units): string;
}

export type Units = ReadonlyMap<string, number>;

/** What became of a call. */
export interface Sent {
  /** Where it did not leave, why not. */
  readonly outcome: Outcome | Held;
  /** The units for which it was written; fewer than it wanted where not all were left. */
  readonly granted: Units;
  /** Whether those units are spent, or may be; not where they came back. */
  readonly counted: boolean;
  /** Who bears them; undefined where nothing is recorded, or nothing spent. */
  readonly bill: Bill | undefined;
}

/** A call that did not leave. */
export type Held =
  /** The line is open, or too many wait for it; `retryAt` in milliseconds since 1970. */
  | {
      readonly kind: "held";
      readonly reason: string | undefined;
      readonly retryAt: number;
    }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** One time that a call was made, not yet settled. */
export interface Attempt extends Omit<Sent, "counted" | "bill"> {
  /** Whether it tells that the source does not answer. */
  readonly silent: boolean;
  readonly paid: Paid | undefined;
}

/** The units of a call, and the body that they were written for. */
interface Paid {
  readonly reservation: Reservation;
  readonly body: string;
  /** Whether an earlier time that it was sent may have been counted. */
  readonly doubtful: boolean;
}

export interface WireOptions {
  readonly transport: Transport;
  readonly admission: Admission;
  readonly breaker: Breaker<Attempt>;
  readonly quota: SourceQuota;
  /** Opens the bill of a call whose units are spent or in doubt; undefined where nothing is recorded. */
  readonly openBill?: ((call: BilledCall) => Bill) | undefined;
  /** Whether the owner counts a repeated idempotency key once. */
  readonly countsKeysOnce: boolean;
  readonly timeoutMs: number;
  /** Milliseconds since 1970, with fractions. */
  readonly now: () => number;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/** Milliseconds until a call is repeated, at most; a source that restarts needs some. */
const retryWithin = 100;

/**
 * Puts the stages before a source's transport together: breaker, a place, units, the call; settled when
 * it is known what became of it. A call that is repeated keeps its key, body and units where the owner
 * counts a key once; elsewhere, or where it reached nobody, it takes units of its own.
 *
 * The breaker encloses the repetition, and learns what came of both together: where every second server of
 * a source is dead, each call is answered, and a line that opened would lose them.
 */
export function openWire(options: WireOptions): Wire {
  const { breaker, now } = options;
  return {
    state: breaker.state,
    async send(call) {
      const made =
        (await breaker.run(() => makeCallTwice(call, options))) ??
        held(undefined, breaker.state().retryAt ?? now());
      const { outcome, granted } = made;
      return { outcome, granted, counted: isCounted(made), bill: settle(made, call.lane, options) };
    },
  };
}

/** Makes a call, once more where that may help; the last time is still to be settled. */
async function makeCallTwice(call: WireCall, options: WireOptions): Promise<Attempt> {
  const { breaker, countsKeysOnce, now, random } = options;
  const started = now();
  let made = await makeCall(call, undefined, options);
  if (call.reads && isWorthRepeating(made) && now() - started <= retryWithin) {
    await pause(random() * retryWithin, call.signal);
    // Others may have found out meanwhile that nobody is there.
    if (!call.signal.aborted && breaker.state().state !== "open") {
      const { paid } = made;
      const keeps = countsKeysOnce && paid && (await paid.reservation.again(call.signal));
      if (!keeps) settle(made, call.lane, options);
      const kept = keeps && { ...paid, doubtful: settlementOf(made).kind === "doubt" };
      const again = await makeCall(call, kept || undefined, options);
      // Where no place was to be had, what is known of the call is what came of it before.
      if (again.outcome.kind !== "held")
        made = { ...again, silent: again.outcome.kind !== "answered" };
    }
  }
  return made;
}

async function makeCall(
  call: WireCall,
  before: Paid | undefined,
  { transport, admission, quota, timeoutMs, now }: WireOptions,
): Promise<Attempt> {
  const { lane, requestId, signal } = call;
  const entered = admission.enter(lane, signal);
  const leave = typeof entered === "function" ? entered : await entered;
  if (leave === null && !signal.aborted)
    return held("too many calls wait for the source", now() + crowdMs);
  if (leave === null || signal.aborted) {
    leave?.(false);
    const outcome = { kind: "abandoned", sent: false } as const;
    return { outcome, granted: new Map(), silent: false, paid: before };
  }
  let well = false;
  try {
    let paid = before;
    if (paid === undefined) {
      const asking = quota.reserve({ lane, units: call.units(), signal });
      const reservation = asking instanceof Promise ? await asking : asking;
      if (reservation.kind !== "reserved") {
        const outcome = { kind: "refused", refusal: reservation } as const;
        return { outcome, granted: new Map(), silent: false, paid: undefined };
      }
      paid = { reservation, body: call.write(reservation.granted), doubtful: false };
    }
    const { key: idempotencyKey, granted } = paid.reservation;
    const started = now();
    const outcome = await transport.send(paid.body, { requestId, idempotencyKey, signal });
    well = outcome.kind === "answered";
    // A call that was given up after half its time would most likely have run out of it.
    const givenUp = outcome.kind === "abandoned" && now() - started > timeoutMs / 2;
    return { outcome, granted, silent: outcome.kind === "failed" || givenUp, paid };
  } finally {
    leave(well);
  }
}

/** Milliseconds after which a crowd may have gone. */
const crowdMs = 1_000;

function held(reason: string | undefined, retryAt: number): Attempt {
  const outcome = { kind: "held", reason, retryAt } as const;
  return { outcome, granted: new Map(), silent: false, paid: undefined };
}

/** A line that broke or a source that was not there may be back at once; a time-out was waited for. */
function isWorthRepeating({ outcome }: Attempt): boolean {
  return (
    outcome.kind === "failed" &&
    outcome.code === "SOURCE_UNAVAILABLE" &&
    outcome.reached !== "source"
  );
}

/** Says to the quota what became of a call's units, and opens their bill. Only the first time counts. */
function settle(attempt: Attempt, lane: Lane, { openBill }: WireOptions): Bill | undefined {
  if (attempt.paid === undefined) return undefined;
  const { reservation } = attempt.paid;
  const booked = reservation.settle(settlementOf(attempt), openBill !== undefined);
  if (booked.kind === "returned") return undefined;
  return openBill?.({
    lane,
    call: reservation.key,
    days: booked.kind === "spent" ? booked.days : [],
    granted: reservation.granted,
    // What is in doubt is not kept back: the owner's word on it is recorded when it comes.
    recorded: booked.kind === "spent" ? reservation.recorded : () => {},
  });
}

function isCounted(attempt: Attempt): boolean {
  return attempt.paid !== undefined && settlementOf(attempt).kind !== "returned";
}

/**
 * What becomes of a call's units: given back where nobody can have counted them, spent where an answer
 * came, and otherwise in doubt, which counts as spent until the owner says what it counted.
 */
function settlementOf({ outcome, paid }: Attempt): Settlement {
  const settlement = settlementByOutcome(outcome);
  // That the repetition reached nobody says nothing of the call before it.
  return paid?.doubtful && settlement.kind === "returned" ? { kind: "doubt" } : settlement;
}

function settlementByOutcome(outcome: Attempt["outcome"]): Settlement {
  switch (outcome.kind) {
    case "answered": {
      const { status, account } = outcome;
      if (status < 200 || status > 299) return { kind: "doubt" };
      return account.records === 0 && isOwnersRefusal(outcome)
        ? { kind: "returned", ownerDate: account.date }
        : { kind: "spent", ownerDate: account.date, countedDay: account.day };
    }
    case "failed":
      return outcome.reached === "nobody"
        ? { kind: "returned", ownerDate: null }
        : { kind: "doubt" };
    case "abandoned":
      return outcome.sent ? { kind: "doubt" } : { kind: "returned", ownerDate: null };
    case "held":
    case "refused":
      return { kind: "doubt" };
  }
}

/** Codes by which an owner's meter refuses a call, uncounted. */
const refusals: ReadonlySet<unknown> = new Set(["QUOTA_EXHAUSTED", "KEY_REFUSED"]);

function isOwnersRefusal({ data, errors }: Outcome & { kind: "answered" }): boolean {
  const [error] = errors as readonly { extensions?: { code?: unknown } }[];
  return data === null && refusals.has(error?.extensions?.code);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(clock);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const clock = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
