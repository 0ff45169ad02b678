import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { supergraphFile } from "../../schema/compose.ts";
import { composeFrom } from "../support/supergraphs.ts";
import { startTestGateway } from "../support/gateway.ts";

const folder = mkdtempSync(join(tmpdir(), "gateway-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("a gateway that cannot start says why", () => {
  it("where the supergraph's file is not there", async () => {
    const start = startTestGateway({}, {}, { supergraph: join(folder, "none.graphql") });
    await expect(start).rejects.toThrow(
      /^The supergraph .*none\.graphql cannot be read \(ENOENT\); name another by --supergraph, or compose it by/,
    );
  });

  it("where it does not parse, by name and place", async () => {
    const supergraph = file("broken.graphql", "type Query { citizen(");
    await expect(startTestGateway({}, {}, { supergraph })).rejects.toThrow(
      /broken\.graphql is not a GraphQL schema: Syntax Error/,
    );
  });

  it("where it is no supergraph", async () => {
    const supergraph = file("plain.graphql", "type Query { a: Int }");
    await expect(startTestGateway({}, {}, { supergraph })).rejects.toThrow(
      /plain\.graphql is not a Federation 2 supergraph/,
    );
  });

  it("where nothing says what may be asked for which purpose", async () => {
    const { sdl } = composeFrom({ shop: "type Query { a: Int }" });
    const supergraph = file("shop.graphql", sdl);
    await expect(startTestGateway({}, {}, { supergraph })).rejects.toThrow(
      /shop\.graphql carries no field policies, .* Compose it anew by `npx lien-thong compose`/,
    );
  });

  it("where it is open, and others than this machine could ask what the owners keep closed", async () => {
    const flags = { open: true, supergraph: fileURLToPath(supergraphFile), host: "0.0.0.0" };
    await expect(startTestGateway({}, {}, flags)).rejects.toThrow(
      /supergraph\.graphql carries the owners' field policies, which an open gateway does not keep/,
    );
  });

  it("where the port is taken, by port and flag", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    await expect(startTestGateway({}, {}, { port: String(port) })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use; choose another by --port or PORT.`,
    );
    other.close();
  });

  it("where a source's address is none", async () => {
    await expect(startTestGateway({}, { POPULATION_URL: "localhost:4001" })).rejects.toThrow(
      'POPULATION_URL must be an http or https URL, not "localhost:4001".',
    );
  });
});

describe("a gateway that stops", () => {
  /** A source that answers when the test says so. */
  async function startPatient() {
    const waiting = Promise.withResolvers<ServerResponse>();
    const source = createServer((request, response) => {
      request.resume();
      waiting.resolve(response);
    }).listen(0, "127.0.0.1");
    await once(source, "listening");
    const { port } = source.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/graphql`,
      waiting: waiting.promise,
      close: () => source.close(),
    };
  }
  const ask = { query: `{ citizen(pin: "001199012345") { fullName } }` };

  it("lets a running request finish, and takes no new one", async () => {
    const population = await startPatient();
    const gateway = await startTestGateway({ population });
    const answer = gateway.ask(ask);
    const response = await population.waiting;
    const stopped = gateway.stop();
    await expect(fetch(`${gateway.url}/health`)).rejects.toThrow("fetch failed");
    response.setHeader("content-type", "application/json");
    response.end(
      JSON.stringify({
        data: {
          citizen: { __typename: "Citizen", pin: "001199012345", fullName: "Nguyễn Thị Lan" },
          _entities: [{ __typename: "Citizen", pin: "001199012345", fullName: "Nguyễn Thị Lan" }],
        },
      }),
    );
    expect((await answer).status).toBe(200);
    await stopped;
    population.close();
  });

  it("breaks off what is not done within the grace", async () => {
    const population = await startPatient();
    const gateway = await startTestGateway({ population }, { SHUTDOWN_GRACE_MS: "1" });
    const answer = gateway.ask(ask).catch((error: Error) => error.message);
    await population.waiting;
    await gateway.stop();
    expect(await answer).toBe("fetch failed");
    population.close();
  });
});
