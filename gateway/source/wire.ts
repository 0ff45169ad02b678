import type { Lane } from "../../schema/terms.ts";
import type { Admission } from "./admission.ts";
import type { Breaker, LineState } from "./breaker.ts";
import type { Outcome, Transport } from "./transport.ts";

/** A source's line: what keeps its calls few, and off a source that does not answer. */
export interface Wire {
  /** Never rejects by the source's fault. */
  send(call: WireCall): Promise<Outcome>;
  state(): LineState;
}

export interface WireCall {
  /** The JSON text of a GraphQL request. */
  readonly body: string;
  readonly lane: Lane;
  readonly requestId: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Whether it only reads, so that it may be sent twice. */
  readonly reads: boolean;
}

/** What came of a call, and whether it tells that the source does not answer. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly silent: boolean;
}

export interface WireOptions {
  readonly transport: Transport;
  readonly admission: Admission;
  readonly breaker: Breaker<Attempt>;
  readonly timeoutMs: number;
  /** Milliseconds since 1970, with fractions. */
  readonly now: () => number;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/** Milliseconds until a call is repeated, at most; a source that restarts needs some. */
const retryWithin = 100;

/** Puts the stages before a source's transport together: breaker, then a place, then the call. */
export function openWire(options: WireOptions): Wire {
  const { breaker, now, random } = options;
  const attempt = async (call: WireCall): Promise<Outcome> => {
    const made = await breaker.run(() => makeCall(call, options));
    if (made) return made.outcome;
    return notMade(undefined, breaker.state().retryAt ?? now());
  };
  return {
    state: breaker.state,
    async send(call) {
      const started = now();
      const first = await attempt(call);
      if (!call.reads || !isWorthRepeating(first) || now() - started > retryWithin) return first;
      await pause(random() * retryWithin, call.signal);
      return call.signal.aborted ? first : attempt(call);
    },
  };
}

async function makeCall(
  { body, lane, requestId, signal }: WireCall,
  { transport, admission, timeoutMs, now }: WireOptions,
): Promise<Attempt> {
  const entered = admission.enter(lane, signal);
  const leave = typeof entered === "function" ? entered : await entered;
  if (leave === null) {
    const crowded = notMade("too many calls wait for the source", now() + crowdMs);
    return { outcome: signal.aborted ? { kind: "abandoned" } : crowded, silent: false };
  }
  const started = now();
  const outcome = await transport.send(body, { requestId, signal });
  leave(outcome.kind === "answered");
  // A call that was given up after half its time would most likely have run out of it.
  const silent =
    outcome.kind === "failed" || (outcome.kind === "abandoned" && now() - started > timeoutMs / 2);
  return { outcome, silent };
}

/** Milliseconds after which a crowd may have gone. */
const crowdMs = 1_000;

/** What comes of a call that does not leave; it is the only one that says when to ask again. */
function notMade(reason: string | undefined, retryAt: number): Outcome {
  return { kind: "failed", code: "SOURCE_UNAVAILABLE", reason, reached: "nobody", retryAt };
}

/** A line that broke or a source that was not there may be back at once; a time-out was waited for. */
function isWorthRepeating(outcome: Outcome): boolean {
  return (
    outcome.kind === "failed" &&
    outcome.code === "SOURCE_UNAVAILABLE" &&
    outcome.reached !== "source" &&
    outcome.retryAt === undefined
  );
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
