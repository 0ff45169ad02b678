import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readSectors } from "../../schema/sectors.ts";
import { buildLeanSchema, prepareAnswer } from "./lean-answers.ts";
import type { Answer } from "./lean-answers.ts";

/**
 * The four sectors in one process, on a port each, with next to no processor time for a call: what a
 * gateway is measured against when it alone is to be measured. `GET /` tells how many calls have come
 * to each sector. The first port is told to the parent, with the others in its answer to `GET /`.
 */
const calls: Record<string, number> = {};
const urls: Record<string, string> = {};

for (const sector of readSectors()) {
  const schema = buildLeanSchema(sector);
  const answers = new Map<string, Promise<Answer>>();
  const prepare = (text: string) => {
    const known = answers.get(text);
    if (known) return known;
    const answer = prepareAnswer(schema, text);
    answers.set(text, answer);
    return answer;
  };
  calls[sector.name] = 0;
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      send(response, 200, JSON.stringify({ urls, calls }));
      return;
    }
    calls[sector.name]!++;
    void answer(request, prepare).then(
      (json) => send(response, 200, json),
      (error: unknown) => {
        console.error((error as Error).message);
        send(response, 500, "{}");
      },
    );
  });
  // Longer than any pause between rounds: a line must not close just as a gateway takes it.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  urls[sector.name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}
process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => process.exit());
process.send?.({ ready: Object.values(urls)[0] });

async function answer(
  request: IncomingMessage,
  prepare: (text: string) => Promise<Answer>,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
    query: string;
    variables: Record<string, unknown>;
  };
  return `{"data":${(await prepare(query))(variables)}}`;
}

function send(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(json),
  });
  response.end(json);
}
