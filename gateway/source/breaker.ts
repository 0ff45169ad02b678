import {
  BrokenCircuitError,
  CircuitState,
  CountBreaker,
  circuitBreaker,
  handleWhenResult,
} from "cockatiel";

/** What a source's line is like. `recovering`: one call is under way to try it. */
export interface LineState {
  readonly state: "closed" | "open" | "recovering";
  /** Milliseconds since 1970; of an open line, when it opened first and not when it was tried in vain. */
  readonly since: number;
  /** When the source will be tried again, milliseconds since 1970; null while the line is closed. */
  readonly retryAt: number | null;
}

/** Calls nobody while a source does not answer. */
export interface Breaker<Result> {
  /** Makes the call; undefined where the line is open, so that nobody waits for what will not come. */
  run(call: () => Promise<Result>): Promise<Result | undefined>;
  state(): LineState;
}

export interface BreakerOptions<Result> {
  /** Whether a result shows that the source did not answer. */
  readonly failed: (result: Result) => boolean;
  readonly opensAt?: OpensAt;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A number from 0 to 1, so that many gateways don't try a source at the same moment. */
  readonly random: () => number;
  /** Called once each time that the state changes. */
  readonly onChange: (state: LineState) => void;
}

/** More than `threshold` of the last `size` calls, once there were `minimumNumberOfCalls`. */
export interface OpensAt {
  readonly size: number;
  readonly minimumNumberOfCalls: number;
  readonly threshold: number;
}

/** Half of the last twenty, of five at least: a dead source shows at once, a flapping one too. */
const usual: OpensAt = { size: 20, minimumNumberOfCalls: 5, threshold: 0.49 };

/** Milliseconds after which a source is tried for the first time, and at most. */
const firstTry = 1_000;
const longestWait = 30_000;

/** Opens the breaker of a source's line, which begins closed. */
export function openBreaker<Result>(options: BreakerOptions<Result>): Breaker<Result> {
  const { failed, opensAt = usual, now, random, onChange } = options;
  let current: LineState = { state: "closed", since: now(), retryAt: null };
  let openSince: number | null = null;
  let wait = firstTry;
  const waits = {
    next({ attempt }: { attempt: number }) {
      wait = Math.min(longestWait, firstTry * 2 ** (attempt - 1)) * (0.75 + 0.25 * random());
      return { duration: wait, next: waits.next };
    },
  };
  const policy = circuitBreaker(
    handleWhenResult((result) => failed(result as Result)),
    { breaker: new CountBreaker(opensAt), halfOpenAfter: waits },
  );
  policy.onStateChange((state) => {
    if (state === CircuitState.Closed) openSince = null;
    current = {
      state:
        state === CircuitState.Closed
          ? "closed"
          : state === CircuitState.HalfOpen
            ? "recovering"
            : "open",
      since: state === CircuitState.Open ? (openSince ??= now()) : now(),
      retryAt: state === CircuitState.Closed ? null : now() + wait,
    };
    onChange(current);
  });
  return {
    async run(call) {
      // While one call tries the source, the policy would let the others wait for what becomes of it.
      if (policy.state === CircuitState.HalfOpen) return undefined;
      try {
        return await policy.execute(call);
      } catch (error) {
        if (error instanceof BrokenCircuitError) return undefined;
        throw error;
      }
    },
    state: () => current,
  };
}
