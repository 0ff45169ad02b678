import { addDays } from "../../schema/values/date.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import { lanes } from "../../schema/terms.ts";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { recallIdleUnits } from "./accounts.ts";
import type { Calendar } from "./calendar.ts";
import type { QuotaClock } from "./clock.ts";
import { measureDemand } from "./demand.ts";
import type { Demand } from "./demand.ts";
import { allot, lentOn } from "./lanes.ts";
import { openLastNo } from "./last-no.ts";
import type { LastNo } from "./last-no.ts";
import { bookOutcome, carryUnits, createLease, hasEnded, settlementOf } from "./lease.ts";
import type { CallOutcome, CarriedUnits, Lease } from "./lease.ts";
import { settleLease, shrinkLease, takeGranted, takeLease } from "./ledger.ts";
import { guardOf, startOf } from "./owner-day.ts";

/** The leases that one process holds of one source, so that a call finds its units at hand. */
export interface Leases {
  /**
   * Puts units aside for a call that leaves now; fewer than asked where not all are left. At once where
   * they are at hand, else after a question to the ledger.
   */
  carry(lane: Lane, asked: ReadonlyMap<string, number>): Carried | Promise<Carried>;
  /** Why a call need not wait for its turn: there are no units, as the ledger has just said. */
  refusal(lane: Lane, asked: ReadonlyMap<string, number>): NoUnits | undefined;
  /** Whether a call may leave now with units that it waited with. */
  isUsable(carried: CarriedUnits): boolean;
  /** Books what became of a call; where what it spent is to be recorded first, the ledger hears of it then. */
  settle(carried: CarriedUnits, outcome: CallOutcome, toBeRecorded?: boolean): void;
  /** The log holds what a call has spent. */
  recorded(carried: CarriedUnits): void;
  /** Gives back what was not used for a second, and books what has ended. @throws {Error} of the database */
  tidy(): Promise<void>;
  /** Gives back what a second will not use, because others have none. @throws {Error} of the database */
  giveBackIdle(): Promise<void>;
  /** Gives back all that no call carries: none will come. @throws {Error} of the database */
  close(): Promise<void>;
  /** Whether it holds anything that the ledger must hear of. */
  isIdle(): boolean;
}

export type Carried = CarriedUnits | NoUnits;

/** Why there are no units. */
export type NoUnits =
  | { readonly kind: "exhausted"; readonly resetsAt: number }
  | { readonly kind: "unavailable"; readonly reason: "LEDGER_UNAVAILABLE" | "OWNER_CLOCK" };

export interface LeasesOptions {
  readonly database: GatewayDatabase;
  readonly source: string;
  readonly terms: SourceTerms;
  readonly process: string;
  readonly clock: QuotaClock;
  readonly calendar: Calendar;
  readonly newId: () => string;
  /** Told why the ledger could not be asked. */
  readonly onFailure: (error: unknown) => void;
}

/** Milliseconds unused after which units go back: others may be waiting for them. */
const idleMs = 1_000;

/**
 * Milliseconds for which calls may leave under a lease. It holds a second's demand; one that lasts three
 * times as long was taken for a demand that is gone. Short, because a dead process's waits for its end.
 */
const usableMs = 3_000;

/** Milliseconds after which the ledger is asked again whether others have given back, four times. */
const recallMs = 240;
const recalls = 4;

interface Waiter {
  readonly asked: ReadonlyMap<string, number>;
  readonly resolve: (carried: Carried) => void;
}

/** What a process knows of its lane. */
interface LaneState {
  leases: Lease[];
  waiting: Waiter[];
  asking: boolean;
  readonly demand: Demand;
  readonly lastNo: LastNo;
}

export function openLeases(options: LeasesOptions): Leases {
  const { database, source, terms, process, clock, calendar, newId, onFailure } = options;
  const lifeMs = usableMs + guardOf(terms.timeoutMs);
  const states = Object.fromEntries(lanes.map((lane) => [lane, createLaneState(clock)])) as Record<
    Lane,
    LaneState
  >;
  /** Ended, or with calls under way: the ledger is still to hear what became of them. */
  const leaving = new Set<Lease>();
  const settling = new Map<Lease, Promise<void>>();

  const chargedDays = () => String(calendar.charged()?.days);

  /** Units at hand: the oldest lease that holds all, or with `partly` one that holds some. */
  const carryAtHand = (lane: Lane, asked: ReadonlyMap<string, number>, partly: boolean) => {
    const days = calendar.charged()?.days;
    const now = clock.monotonic();
    const state = states[lane];
    for (const lease of state.leases)
      if (now > lease.usableUntil || !days || !sameDays(lease.days, days)) retire(lease);
    const wanted = unitsOf(asked, terms.unit);
    const lease =
      state.leases.find(({ free }) => free >= wanted) ??
      (partly ? state.leases.toSorted((a, b) => b.free - a.free)[0] : undefined);
    if (!lease || lease.free === 0) return undefined;
    return carry(lease, asked, now);
  };
  const carry = (lease: Lease, asked: ReadonlyMap<string, number>, now: number) => {
    const carried =
      terms.unit === "CALL" ? carryUnits(lease, 1, asked, now) : carryRows(lease, asked, now);
    states[lease.lane].demand.add(carried.units, now);
    return carried;
  };
  const retire = (lease: Lease) => {
    lease.retired = true;
    const state = states[lease.lane];
    state.leases = state.leases.filter((each) => each !== lease);
    leaving.add(lease);
    if (hasEnded(lease)) void settleEnded(lease).catch(onFailure);
  };
  const settleEnded = (lease: Lease): Promise<void> => {
    const running = settling.get(lease);
    if (running) return running;
    const settled = settleLease(database, settlementOf(lease))
      .then(() => void leaving.delete(lease))
      .finally(() => settling.delete(lease));
    settling.set(lease, settled);
    return settled;
  };

  /** Asks the ledger for the lane's waiting calls, until none waits. */
  const ask = async (lane: Lane): Promise<void> => {
    const state = states[lane];
    if (state.asking) return;
    state.asking = true;
    try {
      while (state.waiting.length > 0) {
        const why = await takeFor(lane);
        if (why) refuseAll(state, why);
      }
    } finally {
      state.asking = false;
    }
  };
  const refuseAll = (state: LaneState, why: NoUnits) => {
    const refused = state.waiting.splice(0);
    state.lastNo.keep(
      why,
      refused.map(({ asked }) => asked),
      chargedDays(),
    );
    for (const { resolve } of refused) resolve(why);
  };
  /** Serves waiting calls with a new lease, or says why there is none. */
  const takeFor = async (lane: Lane): Promise<NoUnits | undefined> => {
    try {
      const known = states[lane].lastNo.read(chargedDays());
      if (known?.kind === "exhausted") {
        await serveGranted(lane);
        return states[lane].waiting.length > 0 ? known : undefined;
      }
      for (let round = 0; ; round++) {
        const waiting = states[lane].waiting;
        const need = waiting.reduce((sum, { asked }) => sum + unitsOf(asked, terms.unit), 0);
        const taken = await take(lane, Math.max(1, need));
        if (taken !== "none") {
          if (typeof taken === "string") return { kind: "unavailable", reason: taken };
          serve(lane, taken < need);
          return undefined;
        }
        serve(lane, true);
        await serveGranted(lane);
        if (waiting.length === 0) return undefined;
        if (round === 0) {
          await giveBackIdle();
          await recallIdleUnits(database, source, calendar.charged()?.days ?? []);
        } else if (round > recalls) {
          return { kind: "exhausted", resetsAt: resetsAt() };
        }
        if (round > 0) await new Promise<void>((resolve) => clock.after(recallMs, resolve));
      }
    } catch (error) {
      onFailure(error);
      serve(lane, true);
      return { kind: "unavailable", reason: "LEDGER_UNAVAILABLE" };
    }
  };
  /** Takes a lease; the units that it holds, or why there is none. */
  const take = async (lane: Lane, need: number): Promise<number | "none" | "OWNER_CLOCK"> => {
    for (;;) {
      if (!calendar.charged()) await calendar.read();
      const days = calendar.charged()?.days;
      if (!days) continue;
      await calendar.fit(days);
      const wall = calendar.wallClock();
      const askedAt = clock.monotonic();
      const id = newId();
      const answer = await takeLease(database, {
        ...{ id, process, source, lane, need, lifeMs },
        days: days.map((day) => ({ day, lent: lentOn(day, wall, terms.lanes) })),
        want: states[lane].demand.perSecond(clock.monotonic()),
      });
      calendar.hear(answer.ledgerTime, answer.newest, askedAt);
      if (!answer.opened) {
        if (await calendar.open(days)) continue;
        return "OWNER_CLOCK";
      }
      if (answer.units === 0) return "none";
      const given = { id, source, lane, granted: false, days, size: answer.units };
      states[lane].leases.push(
        createLease({ ...given, usableUntil: askedAt + usableMs }, clock.monotonic()),
      );
      return answer.units;
    }
  };
  /** Hands units to waiting calls, in their order; the last of them gets what is left where `partly`. */
  const serve = (lane: Lane, partly: boolean) => {
    const { waiting } = states[lane];
    for (;;) {
      const first = waiting[0];
      const carried = first && carryAtHand(lane, first.asked, partly);
      if (!carried) return;
      waiting.shift()?.resolve(carried);
    }
  };
  /** Serves waiting calls out of what their agencies were granted, each by a lease of its own. */
  const serveGranted = async (lane: Lane): Promise<void> => {
    const days = calendar.charged()?.days;
    if (!days) return;
    const { waiting } = states[lane];
    const without = new Set<string>();
    for (const waiter of [...waiting])
      for (const [agency, rows] of waiter.asked) {
        if (without.has(agency) || !waiting.includes(waiter)) continue;
        const need = terms.unit === "CALL" ? 1 : rows;
        const id = newId();
        const askedAt = clock.monotonic();
        const request = { id, process, source, lane, agency, days, need, lifeMs };
        const { units } = await takeGranted(database, request);
        if (units === 0) without.add(agency);
        else {
          const given = { id, source, lane, granted: true, days, size: units };
          const now = clock.monotonic();
          const lease = createLease({ ...given, usableUntil: askedAt + usableMs }, now);
          leaving.add(lease);
          waiting.splice(waiting.indexOf(waiter), 1);
          waiter.resolve(carry(lease, new Map([[agency, rows]]), now));
        }
      }
  };
  /** When the units come that are missing: with the next day, once only that is charged. */
  const resetsAt = () => {
    const charged = calendar.charged();
    const [day, next] = charged?.days ?? [];
    if (!charged || !day) return clock.now();
    return next ? charged.until : startOf(addDays(day, 1), terms.timeZone);
  };
  /** Gives back what a lane's leases hold beyond so many units. */
  const giveBackBeyond = async (lane: Lane, most: number) => {
    let kept = 0;
    for (const lease of [...states[lane].leases]) {
      const keeps = Math.min(lease.free, Math.max(0, most - kept));
      kept += keeps;
      await giveBack(lease, keeps);
    }
  };
  const giveBack = async (lease: Lease, keeps = 0) => {
    const back = lease.free - keeps;
    if (keeps === 0 && lease.underWay + lease.unrecorded === 0) {
      retire(lease);
      await settling.get(lease);
    } else if (back > 0) {
      // Not to be carried while it is on its way back.
      lease.free = keeps;
      await shrinkLease(database, lease, back);
    }
  };
  /** Gives back what the lanes will not use within a second: what they used in the last one stays. */
  const giveBackIdle = async () => {
    const now = clock.monotonic();
    for (const lane of lanes) {
      const { leases, demand } = states[lane];
      const active = leases.some(({ lastUsed }) => now - lastUsed < recallMs);
      await giveBackBeyond(lane, active ? demand.perSecond(now) : 0);
    }
  };

  return {
    refusal(lane, asked) {
      const state = states[lane];
      return state.leases.some(({ free }) => free > 0)
        ? undefined
        : state.lastNo.readFor(asked, chargedDays());
    },
    carry(lane, asked) {
      const state = states[lane];
      // Those who wait come first.
      const carried = state.waiting.length === 0 ? carryAtHand(lane, asked, false) : undefined;
      if (carried) {
        if (runsLow(state, carried)) void takeAhead(lane);
        return carried;
      }
      const refused = state.lastNo.readFor(asked, chargedDays());
      if (refused) return carryAtHand(lane, asked, true) ?? refused;
      return new Promise((resolve) => {
        state.waiting.push({ asked, resolve });
        void ask(lane);
      });
    },
    isUsable: ({ lease }) =>
      clock.monotonic() <= lease.usableUntil &&
      sameDays(lease.days, calendar.charged()?.days ?? []),
    settle(carried, outcome, toBeRecorded = false) {
      const { lease } = carried;
      bookOutcome(carried, outcome);
      if (toBeRecorded && outcome.kind === "spent") lease.unrecorded += 1;
      if (lease.granted) lease.retired = true;
      if (hasEnded(lease)) retire(lease);
    },
    recorded({ lease }) {
      lease.unrecorded -= 1;
      if (hasEnded(lease)) retire(lease);
    },
    async tidy() {
      // In this order, so that without the ledger no lease is put away that could still be used.
      for (const lease of leaving) if (hasEnded(lease)) await settleEnded(lease);
      const now = clock.monotonic();
      for (const lane of lanes)
        for (const lease of [...states[lane].leases])
          if (now - lease.lastUsed >= idleMs || now > lease.usableUntil) await giveBack(lease);
    },
    giveBackIdle,
    async close() {
      for (const lane of lanes) for (const lease of states[lane].leases) retire(lease);
      await Promise.all([...leaving].filter(hasEnded).map(settleEnded));
    },
    isIdle: () =>
      leaving.size === 0 &&
      lanes.every((lane) => states[lane].leases.length + states[lane].waiting.length === 0),
  };

  /** A lease of which three quarters are used is followed by the next before a call must wait for it. */
  function runsLow({ leases, asking, lastNo }: LaneState, { lease, units }: CarriedUnits): boolean {
    const left = leases.reduce((sum, { free }) => sum + free, 0);
    const isLow = lease.size >= 4 * units && left < lease.size / 4;
    return isLow && !asking && lastNo.read(chargedDays()) === undefined;
  }

  async function takeAhead(lane: Lane): Promise<void> {
    const state = states[lane];
    state.asking = true;
    try {
      await take(lane, 1);
    } catch (error) {
      onFailure(error);
    } finally {
      state.asking = false;
    }
    serve(lane, false);
    if (state.waiting.length > 0) await ask(lane);
  }
}

function carryRows(lease: Lease, asked: ReadonlyMap<string, number>, now: number): CarriedUnits {
  const rows = allot(asked, lease.free);
  const units = [...rows.values()].reduce((sum, part) => sum + part, 0);
  return carryUnits(lease, units, rows, now);
}

function unitsOf(asked: ReadonlyMap<string, number>, unit: SourceTerms["unit"]): number {
  if (unit === "CALL") return 1;
  let units = 0;
  for (const rows of asked.values()) units += rows;
  return units;
}

function sameDays(one: readonly CivilDate[], other: readonly CivilDate[]): boolean {
  return one.length === other.length && one.every((day, index) => day === other[index]);
}

function createLaneState({ monotonic }: QuotaClock): LaneState {
  return {
    leases: [],
    waiting: [],
    asking: false,
    demand: measureDemand(monotonic()),
    lastNo: openLastNo(monotonic),
  };
}
