import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setInterval } from "node:timers/promises";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { urlVariable } from "../../../gateway/source-variables.ts";
import { runCommand, startCommand } from "../../support/command-line.ts";
import { serveCountry } from "../../support/miniature.ts";
import { openRecordingPlace } from "../../support/recording-gateway.ts";
import type { RecordingPlace } from "../../support/recording-gateway.ts";

const lan = "001199012345";
const country = await serveCountry({ [lan]: { fullName: "Nguyễn Thị Lan" } });
afterAll(async () => {
  await Promise.all(Object.values(country).map((sector) => sector.close()));
});

/** What an operator sets for `lien-thong gateway`. */
function environmentOf({ env }: RecordingPlace): NodeJS.ProcessEnv {
  const urls = Object.entries(country).map(([name, { url }]) => [urlVariable(name), url]);
  return { ...env, ...Object.fromEntries(urls), LOG_LEVEL: "warn" };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Has a gateway record a look at Lan, and stop, at which it publishes a head. */
async function recordLook(place: RecordingPlace): Promise<void> {
  const gateway = await place.start();
  const { status } = await gateway.ask({ query: `{ citizen(pin: "${lan}") { fullName } }` });
  expect(status).toBe(200);
  await gateway.stop();
}

/** Starts a gateway that is to refuse; nobody was ever let in at its door. */
async function startRefused(env: NodeJS.ProcessEnv) {
  const port = await freePort();
  let isRunning = true;
  let opened = false;
  const knock = async () => {
    for await (const _ of setInterval(20)) {
      const answered = fetch(`http://127.0.0.1:${port}/health`).then(
        () => true,
        () => false,
      );
      opened ||= await answered;
      if (!isRunning) return;
    }
  };
  const knocking = knock();
  const ran = await runCommand(["gateway", "--port", String(port)], { env });
  isRunning = false;
  await knocking;
  return { ...ran, opened };
}

test("A gateway whose log was restored from an older backup says so and ends before it opens; over the newest it opens", async () => {
  const place = await openRecordingPlace(country);
  const env = environmentOf(place);
  await recordLook(place);
  const backup = await place.copy();
  await recordLook(place);

  const refused = await startRefused({ ...env, GATEWAY_DATABASE_URL: backup });
  expect([refused.code, refused.opened]).toEqual([1, false]);
  expect(refused.stderr).toMatch(
    /^A tree head of \S+ says that the log has 2 entries, and the database holds 1: it was restored from an older copy, or cut\. Restore the newest, or have the log verified\.\n$/,
  );

  const { child, ended, stderr } = startCommand(["gateway", "--port", "0"], { env });
  onTestFinished(() => void child.kill("SIGKILL"));
  await expect.poll(stderr).toMatch(/^lien-thong gateway ready on http:/);
  child.kill("SIGTERM");
  expect((await ended).code).toBe(0);
});

test("Nor does one open over another log, or an empty one", async () => {
  const place = await openRecordingPlace(country);
  const other = await openRecordingPlace(country);
  for (const each of [place, other]) await recordLook(each);
  const env = environmentOf(place);
  const refused = await startRefused({ ...env, GATEWAY_DATABASE_URL: other.url });
  expect([refused.code, refused.opened]).toEqual([1, false]);
  expect(refused.stderr).toContain("are not those of the tree head");
  await place.empty();
  const emptied = await startRefused(env);
  expect([emptied.code, emptied.opened]).toEqual([1, false]);
  expect(emptied.stderr).toContain("says that the log has 1 entries, and the database holds 0");
});
