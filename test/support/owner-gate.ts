import { createServer, request as forward } from "node:http";
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  RequestOptions,
  ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A gate before an owner's register: it sees all that comes, and can hold it back. */
export interface OwnerGate {
  /** Where the gate stands, once it is before an owner. */
  readonly place: (owner: string) => Promise<string>;
  /** Calls for records that have come. */
  arrived(): number;
  /** The most of them that came in any second, wherever it begins. */
  mostInASecond(): number;
  /** How often the owner refused, by the code of its refusal. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Calls that are held back now. */
  held(): number;
  /** Holds calls back from now on, even when whoever sent them has gone. */
  close(): void;
  /** Lets on what was held back, and whatever comes. */
  open(): void;
}

/** Sets up a gate, gone with the test. */
export function makeOwnerGate(): OwnerGate {
  const arrivals: number[] = [];
  const refusals: Record<string, number> = {};
  const waiting: (() => void)[] = [];
  let isClosed = false;
  const pass = () =>
    isClosed ? new Promise<void>((resolve) => void waiting.push(resolve)) : Promise.resolve();

  const handle = async (owner: string, incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, headers, url } = incoming;
    // What is asked of the meter and of health is no call for records.
    const counts = url === "/graphql" && method === "POST";
    if (counts) arrivals.push(performance.now());
    const body = await buffer(incoming);
    if (counts) await pass();
    const answer = await send(new URL(url!, owner), { method, headers }, body);
    const code = counts && /"code":"([A-Z_]+)"/.exec(String(answer.body))?.[1];
    if (code) refusals[code] = (refusals[code] ?? 0) + 1;
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  };
  const place = async (owner: string) => {
    const server = createServer((incoming, outgoing) => {
      // Where either side has hung up, so does the gate.
      handle(owner, incoming, outgoing).catch(() => outgoing.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  };
  return {
    place,
    arrived: () => arrivals.length,
    mostInASecond: () => mostWithin(1_000, arrivals),
    refusals,
    held: () => waiting.length,
    close: () => void (isClosed = true),
    open() {
      isClosed = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

/** @param times ascending */
function mostWithin(milliseconds: number, times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [last, at] of times.entries()) {
    while (at - times[first]! >= milliseconds) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function send(url: URL, options: RequestOptions, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onward = forward(url, options, (answer) => {
      const { statusCode, headers } = answer;
      buffer(answer).then(
        (received) => resolve({ status: statusCode!, headers, body: received }),
        reject,
      );
    });
    onward.once("error", reject);
    onward.end(body);
  });
}
