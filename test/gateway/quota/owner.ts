import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { HeldClock } from "./clock.ts";

/** An owner that counts calls by key, and speaks the doors of a meter over HTTP. */
export interface TestOwner {
  readonly url: string;
  /** What its clock is off, in milliseconds. */
  clockOff: number;
  /** Whether it answers at all. */
  silent: boolean;
  /** Counts a call as its answer would, or refuses it: its `date`, and the day it was counted on. */
  count(
    key: string,
    records: number,
  ): { readonly counted: boolean; readonly date: string; readonly day: string };
  /** Calls that it had to refuse because they would have passed its limit. */
  overrun: number;
  /** Units counted on a day. */
  counted(day: string): number;
  stop(): Promise<void>;
}

/** Starts an owner on a free port, which goes by the test's clock and Hanoi's day. */
export async function startOwner(clock: HeldClock, perDay: number): Promise<TestOwner> {
  const keys = new Map<string, { records: number; day: string } | "void">();
  const closed = new Set<string>();
  const now = () => clock.trueTime() + owner.clockOff;
  const total = (day: string) =>
    [...keys.values()].reduce(
      (sum, one) => sum + (one !== "void" && one.day === day ? one.records : 0),
      0,
    );
  const stateOf = (key: string) => {
    const known = keys.get(key);
    return known === undefined || known === "void"
      ? { state: "void" }
      : { state: "counted", ...known };
  };
  const doors: Record<string, (body: { keys: string[]; lease: string }) => object> = {
    "/meter/settle"({ keys: asked }) {
      for (const key of asked) if (!keys.has(key)) keys.set(key, "void");
      return { keys: Object.fromEntries(asked.map((key) => [key, stateOf(key)])) };
    },
    "/meter/close"({ lease }) {
      closed.add(lease);
      const own = [...keys].filter(([key, one]) => key.startsWith(`${lease}.`) && one !== "void");
      return { keys: Object.fromEntries(own.map(([key]) => [key, stateOf(key)])) };
    },
  };
  const server = createServer((request, response) => {
    if (owner.silent) return void request.socket.destroy();
    let text = "";
    request.on("data", (chunk) => (text += String(chunk)));
    request.on("end", () => {
      const url = new URL(request.url!, owner.url);
      response.setHeader("date", new Date(now()).toUTCString());
      const door = doors[url.pathname];
      if (door) return void response.end(JSON.stringify(door(JSON.parse(text))));
      const day = url.searchParams.get("day") ?? "";
      response.end(JSON.stringify({ day, records: total(day), consumers: {} }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const owner: TestOwner = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clockOff: 0,
    silent: false,
    overrun: 0,
    count(key, records) {
      const day = new Date(now() + 7 * 3_600_000).toISOString().slice(0, 10);
      const date = new Date(now()).toUTCString();
      const isVoid = keys.get(key) === "void" || closed.has(key.replace(/\.\d+$/, ""));
      const isOver = !isVoid && total(day) + records > perDay;
      if (isOver) owner.overrun += 1;
      if (isVoid || isOver) return { counted: false, date, day };
      if (!keys.has(key)) keys.set(key, { records, day });
      return { counted: true, date, day };
    },
    counted: total,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return owner;
}
