import { createHash, randomBytes } from "node:crypto";
import type { Logger } from "pino";
import type { Purpose } from "../schema/purpose.ts";
import { todayInVietnam } from "../schema/values/date.ts";
import { openAudit } from "./audit/open-audit.ts";
import type { Audit } from "./audit/open-audit.ts";
import { keepCaseFiles } from "./cases/case-files.ts";
import { limitCases } from "./cases/case-limit.ts";
import type { CountForCase } from "./cases/case-limit.ts";
import { createCaseFields } from "./cases/fields.ts";
import type { Config } from "./config.ts";
import { countTurns } from "./database/company.ts";
import type { OwnDatabase } from "./database/gateway-database.ts";
import { openConnections, queryOver } from "./database/pool.ts";
import { openEvidence } from "./evidence/open-evidence.ts";
import type { EvidenceRoom } from "./evidence/open-evidence.ts";
import type { Agreement } from "./federation/agreement.ts";
import type { GatewayFields } from "./federation/gateway-subgraph.ts";
import type { PrepareOptions } from "./federation/prepare.ts";
import type { Identify } from "./http/gate.ts";
import { openNamedGate } from "./http/named-gate.ts";
import { openRateLimit } from "./http/rate-limit.ts";
import type { AccessTokens } from "./identity/access-token.ts";
import { openCallers } from "./identity/callers.ts";
import { openSigner } from "./identity/signer.ts";
import type { Signer } from "./identity/signer.ts";
import { makeFieldRules } from "./policy/field-rules.ts";
import type { FieldRules } from "./policy/field-rules.ts";
import { mostPredicateAnswers } from "./policy/predicates.ts";
import { choosePurpose } from "./policy/purpose.ts";
import { readRights } from "./policy/rights.ts";
import { trustOperations } from "./policy/trusted-operations.ts";

/** What guards the registers, and what an open gateway goes without. */
export interface Guard {
  readonly tokens: AccessTokens;
  readonly identify: Identify;
  readonly readRights: NonNullable<PrepareOptions["readRights"]>;
  readonly keysOfPeople: FieldRules["keysOfPeople"];
  readonly countForCase: CountForCase;
  readonly signer: Signer;
  readonly audit: Audit;
  readonly evidence: EvidenceRoom;
  /** Of schema/gateway.graphql, those that it answers. */
  readonly fields: GatewayFields;
  close(): Promise<void>;
}

/** What it stands on. */
export interface GuardSurroundings {
  readonly agreement: Agreement;
  readonly purposes: ReadonlyMap<string, Purpose>;
  /** Texts of the operations that are published with the gateway. */
  readonly operations: Iterable<string>;
  readonly own: OwnDatabase;
  /** Milliseconds that never go back. */
  readonly monotonic: () => number;
  readonly log: Logger;
  /** Told how many seconds it took to record one request, or to fail. */
  readonly onAppend: (seconds: number) => void;
}

/**
 * Opens it, in the order in which a request meets it: who asks, why, for which case; the signing of calls;
 * the log, and evidence. A part of the composition root.
 *
 * @throws {Error} with a sentence where a folder is not named, or the log was restored from an older copy
 */
export async function openGuard(
  config: Config,
  { agreement, purposes, operations, own, monotonic, log, onAppend }: GuardSurroundings,
): Promise<Guard> {
  // Issuers' and owners' clocks follow the day's time, and so must what is held against them.
  const now = Date.now;
  const complain = (what: string) => (error: unknown) =>
    log.error({ reason: (error as Error).message }, what);
  const { supergraph, policies, requirements } = agreement;
  const { apiSchema: schema, lookups } = supergraph;

  const tokens = openCallers({
    issuer: config.oidcIssuer,
    audience: config.oidcAudience,
    ...{ now, monotonic },
    onFailure: complain("the issuer's keys cannot be fetched"),
  });
  const { requestsPerMinute: perMinute, freeClients, publicSchema } = config;
  const identify = openNamedGate({
    ...{ tokens, freeClients, publicSchema, purposes, choosePurpose, now },
    rateLimit: openRateLimit({ perMinute, atOnce: Math.ceil(perMinute / 10), monotonic }),
    trusted: trustOperations([...operations], sha256),
    today: () => todayInVietnam(new Date()),
  });
  const rules = makeFieldRules({ schema, policies, requirements, lookups });

  const signer = await openSigner({
    folder: config.signingKeysFolder,
    now,
    onFailure: complain("the signing keys cannot be read again"),
  });
  const { keys } = signer;
  const evidence = openEvidence({
    ...{ database: own.database, keys, now, random: randomBytes },
    onProblem: (reason) => log.error({ reason }, "evidence needs a look"),
  });
  const connections = openConnections(config.databaseUrl);
  const awaitCompany = countTurns(monotonic);
  const audit = await openAudit({
    ...{ connections, database: queryOver(connections), migrate: own.migrate },
    ...{ keys, pinKeysDir: config.pinKeysDir, place: config.heads },
    ...{ wallClock: now, monotonic, awaitCompany, onAppend },
    delayOf: (purpose) => purposes.get(purpose)?.delayedDisclosure,
    onHead: evidence.joinHead,
    onProblem: (reason) => log.error({ reason }, "the log of all access needs a look"),
  }).catch((error: unknown) => {
    keys.stop();
    throw error;
  });
  const files = keepCaseFiles({ database: own.database, connections, awaitCompany });
  return {
    ...{ tokens, identify, signer, audit, evidence },
    keysOfPeople: rules.keysOfPeople,
    readRights: (document, name) => readRights(document, name, rules, purposes),
    countForCase: limitCases({
      ...{ files, purposes, hashPin: audit.hashPin },
      mostAnswers: mostPredicateAnswers,
    }),
    fields: { ...audit.fields, ...createCaseFields(files, purposes) },
    async close() {
      await audit.close();
      keys.stop();
    },
  };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
