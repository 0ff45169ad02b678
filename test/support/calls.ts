import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** Counts the calls that a gateway makes to each sector, from between them. */
export interface CallCounter {
  /** The sectors' addresses as the gateway is to know them. */
  readonly urls: Readonly<Record<string, string>>;
  /** Calls to each sector so far. */
  readonly calls: Readonly<Record<string, number>>;
  stop(): void;
}

/** Puts a counting proxy before each sector. It costs time, so nothing is timed through it. */
export async function countCalls(
  sectorUrls: Readonly<Record<string, string>>,
): Promise<CallCounter> {
  const calls: Record<string, number> = {};
  const urls: Record<string, string> = {};
  const servers = await Promise.all(
    Object.entries(sectorUrls).map(async ([name, target]) => {
      calls[name] = 0;
      const server = createServer((incoming, outgoing) => {
        calls[name]!++;
        const forward = request(target, { method: incoming.method, headers: incoming.headers });
        forward.on("response", (answer) => {
          outgoing.writeHead(answer.statusCode!, answer.headers);
          answer.pipe(outgoing);
        });
        forward.on("error", () => outgoing.destroy());
        incoming.pipe(forward);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      urls[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
      return server;
    }),
  );
  return {
    urls,
    calls,
    stop: () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}
