import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A call that a source has got, and answers when the test says so. */
export interface HeldCall {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
  /** Keys by which rows are asked, in order. */
  readonly keys: readonly string[];
  /** Whether whoever called has hung up. */
  hungUp: boolean;
  /** Answers `_entities`; without rows, one with a name for each key. */
  answer(rows?: readonly unknown[], errors?: readonly unknown[]): void;
  /** Answers as an owner's meter does that refuses the call, uncounted. */
  refuseUncounted(): void;
  /** Answers with another status and no GraphQL. */
  refuse(status: number): void;
  /** Cuts the line. */
  cut(): void;
}

/** A source of citizens, over HTTP, that answers when told so. */
export interface HeldSource {
  readonly url: string;
  /** Oldest first. */
  readonly calls: readonly HeldCall[];
  /** The call of that number, from 0 on, as soon as it has come. */
  call(number: number): Promise<HeldCall>;
  close(): void;
}

/** The row that a held source gives for a key. */
export function rowOf(key: string): Record<string, unknown> {
  return { __typename: "Citizen", fullName: `Name ${key}`, __lt_key_Citizen_pin: key };
}

/** Starts one, on a free port. */
export async function startHeldSource(): Promise<HeldSource> {
  const calls: HeldCall[] = [];
  let arrived: (() => void)[] = [];
  const server = createServer((request, response) => {
    if (request.method !== "POST") return void response.writeHead(404).end();
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      calls.push(holdCall(body, response));
      const waiting = arrived;
      arrived = [];
      for (const tell of waiting) tell();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    calls,
    async call(number) {
      for (;;) {
        const call = calls[number];
        if (call) return call;
        await new Promise<void>((resolve) => arrived.push(resolve));
      }
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function holdCall(body: string, response: ServerResponse): HeldCall {
  const { query, variables, extensions } = JSON.parse(body) as HeldCall;
  const keys = (variables["representations"] as { pin: string }[]).map(({ pin }) => pin);
  const call: HeldCall = {
    query,
    variables,
    extensions,
    keys,
    hungUp: false,
    answer(rows = keys.map(rowOf), errors = []) {
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ data: { _entities: rows }, ...(errors.length > 0 && { errors }) }));
    },
    refuseUncounted() {
      const errors = [{ message: "no", extensions: { code: "QUOTA_EXHAUSTED" } }];
      response
        .writeHead(200, { "content-type": "application/json", "meter-records": "0" })
        .end(JSON.stringify({ data: null, errors }));
    },
    refuse: (status) => void response.writeHead(status).end(),
    cut: () => void response.destroy(),
  };
  response.once("close", () => (call.hungUp = !response.writableFinished));
  return call;
}
