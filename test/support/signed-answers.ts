import { readDocument } from "../../gateway/evidence/document.ts";
import { verifyDocument } from "../../gateway/evidence/verify.ts";
import type { SignedRecord, Verdict } from "../../gateway/evidence/verify.ts";
import { jwksPath } from "../../gateway/http/jwks.ts";
import { createGatewayDatabase } from "./database.ts";
import type { TestDatabase } from "./database.ts";
import { startTestGateway } from "./gateway.ts";
import type { Answer, Asked, TestGateway } from "./gateway.ts";
import { serveCountry } from "./miniature.ts";
import type { Miniature } from "./miniature.ts";
import { makeFullKeyFolder } from "./signing-keys.ts";
import type { KeyFolder } from "./signing-keys.ts";

export const lan = "001199012345";
export const certificate =
  "query Certificate($pin: PIN!) { citizen(pin: $pin) { pin fullName sex } }";

/** A gateway that signs, over miniature sectors, and all that a test may do to it. */
export interface SignedAnswers {
  /** The one that runs now. */
  readonly gateway: TestGateway;
  readonly country: Readonly<Record<string, Miniature>>;
  readonly database: TestDatabase;
  readonly keys: KeyFolder;
  /** Asks for a signed answer about Lan, unless something else is said. */
  ask(query?: string, variables?: object): Promise<Asked>;
  /** As a reader's program does. */
  check(id: string, headers?: Record<string, string>): Promise<Response>;
  /** Verifies a saved answer by the keys that the gateway publishes. */
  verify(saved: string | object): Promise<Verdict<SignedRecord>>;
  /** Stops the gateway and starts it anew, over the same database and keys. */
  restart(env?: NodeJS.ProcessEnv): Promise<void>;
  stop(): Promise<void>;
}

export async function startSignedAnswers(env: NodeJS.ProcessEnv = {}): Promise<SignedAnswers> {
  const [country, database, keys] = await Promise.all([
    serveCountry({ [lan]: { fullName: "Nguyễn Thị Lan", sex: "FEMALE" } }),
    createGatewayDatabase(),
    makeFullKeyFolder(Date.now() - 3_600_000),
  ]);
  const start = (more: NodeJS.ProcessEnv) =>
    startTestGateway(country, {
      GATEWAY_DATABASE_URL: database.url,
      SIGNING_KEYS_DIR: keys.path,
      EVIDENCE_CHECKS_PER_MINUTE: "1000000",
      ...more,
    });
  let gateway = await start(env);
  return {
    get gateway() {
      return gateway;
    },
    ...{ country, database, keys },
    ask: (query = certificate, variables = { pin: lan }) =>
      gateway.ask({ query, variables }, { headers: { "x-evidence": "required" } }),
    check: (id, headers = {}) =>
      fetch(`${gateway.url}/evidence/${id}`, {
        headers: { accept: "application/json", ...headers },
      }),
    async verify(saved) {
      const page = await fetch(`${gateway.url}${jwksPath}`);
      const text = typeof saved === "string" ? saved : JSON.stringify(saved);
      return await verifyDocument(readDocument(text), {
        keys: (await page.json()) as { keys: [] },
        isRevoked: () => false,
      });
    },
    async restart(more = {}) {
      await gateway.stop();
      gateway = await start({ ...env, ...more });
    },
    async stop() {
      await gateway.stop();
      await database.drop();
      await keys.remove();
      await Promise.all(Object.values(country).map((sector) => sector.close()));
    },
  };
}

/** What goes with a signed answer. */
export interface AnswerEvidence {
  readonly id: string;
  readonly jws: string;
  readonly salt: string;
}

export function evidenceOf({ extensions }: Answer): AnswerEvidence {
  return extensions?.["evidence"] as AnswerEvidence;
}
