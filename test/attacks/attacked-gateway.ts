import { connect } from "node:net";
import { join } from "node:path";
import { readFile, readdir } from "node:fs/promises";
import type { JWK } from "jose";
import { expect } from "vitest";
import { openPool } from "../../gateway/database/pool.ts";
import { makeAuditPlaces } from "../support/audit-places.ts";
import { createGatewayDatabase } from "../support/database.ts";
import { startTestGateway } from "../support/gateway.ts";
import type { Asked, TestGateway } from "../support/gateway.ts";
import { startTestIssuer } from "../support/issuer.ts";
import type { TestIssuer } from "../support/issuer.ts";
import { serveCountry } from "../support/miniature.ts";
import type { Miniature } from "../support/miniature.ts";

/** Lan is married to Minh; Nam is a stranger to both. */
export const lan = "001199012345";
export const minh = "001097000777";
export const nam = "001099054321";

const people = {
  [lan]: {
    fullName: "Nguyễn Thị Lan",
    birthDate: "1999-05-05",
    pupilCode: "HS-LAN",
    spouseOnRecord: { pin: minh, fullName: "Phạm Văn Minh", birthDate: "1997-07-07" },
    maritalHistory: [{ __typename: "Marriage", date: "2020-02-02", spouse: { pin: minh } }],
    healthInsurance: { cardNumber: "CARD-LAN" },
    residesIn: true,
  },
  [minh]: { fullName: "Phạm Văn Minh", birthDate: "1997-07-07", residesIn: false },
  [nam]: { fullName: "Trần Văn Nam", birthDate: "1999-09-09", residesIn: true },
};

/** What an attacker is after. */
const treasures = /Nguyễn|Phạm|Trần|1997-07-07|1999-|HS-LAN|CARD-LAN/;

/** A gateway that is under attack, and what shows whether an attack came through. */
export interface AttackedGateway extends TestGateway {
  readonly issuer: TestIssuer;
  readonly signingKeysDir: string;
  /** Sends bytes as they are, and reads what comes until the line is closed. */
  sendRaw(bytes: string | Buffer): Promise<string>;
  /** Whether anything was asked of a register, or written down as shown, meanwhile. */
  isTouchedBy(act: () => Promise<unknown>): Promise<boolean>;
}

export async function startAttackedGateway(env: NodeJS.ProcessEnv = {}): Promise<AttackedGateway> {
  const [country, issuer, database, places] = await Promise.all([
    serveCountry(people),
    startTestIssuer(Date.now),
    createGatewayDatabase(),
    makeAuditPlaces(),
  ]);
  const gateway = await startTestGateway(country, {
    ...places.env,
    GATEWAY_DATABASE_URL: database.url,
    OIDC_ISSUER: issuer.url,
    REQUESTS_PER_MINUTE: "1000000",
    LOG_LEVEL: "trace",
    ...env,
  });
  const log = openPool(database.url);
  const officer = `Bearer ${await issuer.sign({ claims: { unit: "00004" } })}`;
  const traces = async () => {
    const { shown } = await log
      .selectFrom("log_entry")
      .select(({ fn }) => fn.countAll<number>().as("shown"))
      .where("kind", "=", "access")
      .executeTakeFirstOrThrow();
    return shown + countCalls(country);
  };
  const isTouchedBy = async (act: () => Promise<unknown>) => {
    const before = await traces();
    await act();
    return (await traces()) !== before;
  };
  return {
    ...gateway,
    issuer,
    signingKeysDir: places.signingKeysDir,
    isTouchedBy,
    authorize: async (claims) => ({
      authorization: `Bearer ${await issuer.sign({ claims: { unit: "00004", ...claims } })}`,
    }),
    ask: (body, init = {}) =>
      gateway.ask(body, {
        ...init,
        headers: { authorization: officer, ...(init.headers as Record<string, string>) },
      }),
    sendRaw(bytes) {
      const { hostname, port } = new URL(gateway.url);
      return new Promise((resolve, reject) => {
        let heard = "";
        const socket = connect(Number(port), hostname)
          .on("data", (chunk) => (heard += String(chunk)))
          .on("error", reject)
          .on("close", () => resolve(heard));
        socket.write(bytes);
        // A request that waits for more gets no more.
        socket.setTimeout(1_000, () => socket.destroy());
      });
    },
    async stop() {
      await log.destroy();
      await gateway.stop();
      await Promise.all(Object.values(country).map((sector) => sector.close()));
      await issuer.stop();
      await database.drop();
      await places.remove();
    },
  };
}

/**
 * Expects of what is sent that it is refused with this status and these codes, that nothing is asked of a
 * register, nothing shown, and nothing written down as if it had been.
 */
export async function expectRefused(
  { isTouchedBy }: AttackedGateway,
  send: () => Promise<Asked>,
  status: number,
  ...codes: readonly string[]
): Promise<Asked> {
  let answer: Asked | undefined;
  expect(await isTouchedBy(async () => (answer = await send()))).toBe(false);
  const { json } = answer!;
  const told = (json.errors ?? []).map(({ extensions }) => extensions["code"]);
  expect([answer!.status, [...new Set(told)]]).toEqual([status, codes]);
  expect(json).not.toHaveProperty("data");
  expect(JSON.stringify(json)).not.toMatch(treasures);
  return answer!;
}

function countCalls(country: Readonly<Record<string, Miniature>>): number {
  return Object.values(country).reduce((sum, { asked }) => sum + asked.length, 0);
}

/** The private key of a kind that a gateway signs with. */
export async function readGatewayKey({ signingKeysDir }: AttackedGateway, kind: string) {
  const files = await readdir(signingKeysDir);
  const file = files.find((name) => name.startsWith(`${kind}-`))!;
  return JSON.parse(await readFile(join(signingKeysDir, file), "utf8")) as JWK & { kid: string };
}
