import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { holdPort, requireFreePort } from "../../../gateway/local/free-port.ts";

const host = "127.0.0.1";

test("A port that is held is nobody else's, answers nobody, and can be had at once when it is let go", async () => {
  const held = await holdPort(0, host, "--port");
  onTestFinished(held.release);
  await expect(requireFreePort(held.port, host, "--port")).rejects.toThrow(
    `Port ${held.port} is in use; stop what uses it, or choose another by --port.`,
  );
  const url = `http://${host}:${held.port}/`;
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  await held.release();
  const server = createServer((_, response) => response.end("here"));
  await new Promise<void>((resolve) => server.listen(held.port, host, resolve));
  onTestFinished(() => void server.close());
  expect((server.address() as AddressInfo).port).toBe(held.port);
  expect(await (await fetch(url, { headers: { connection: "close" } })).text()).toBe("here");
  await held.release();
});
