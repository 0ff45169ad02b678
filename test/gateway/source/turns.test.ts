import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openTurns } from "../../../gateway/source/turns.ts";

test("those who wait go on in their order", async () => {
  const takeTurn = openTurns();
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 5 }, async (_, number) => {
      await takeTurn();
      order.push(number);
    }),
  );
  expect(order).toEqual([0, 1, 2, 3, 4]);
});

test("what comes over a line is seen to before all of those who wait have gone on", async () => {
  const server = createServer((socket) => void socket.pipe(socket)).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");

  const takeTurn = openTurns();
  let gone = 0;
  const work = Promise.all(
    Array.from({ length: 1_000 }, async () => {
      await takeTurn();
      gone++;
    }),
  );
  socket.write("somebody stands at a counter");
  await once(socket, "data");
  expect(gone).toBeGreaterThan(0);
  expect(gone).toBeLessThan(1_000);
  await work;
});

test("whoever comes when nobody waits any more gets a turn too", async () => {
  const takeTurn = openTurns();
  await expect(takeTurn()).resolves.toBeUndefined();
  await expect(takeTurn()).resolves.toBeUndefined();
});
