import type { Pool } from "pg";
import type { AwaitCompany } from "../database/company.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import type { SigningKeys } from "../identity/signing-keys.ts";
import { openOnceConfirmed } from "./confirmed-log.ts";
import { scheduleHeads } from "./head-schedule.ts";
import type { HeadSchedule } from "./head-schedule.ts";
import { LogWentBack } from "./log-end.ts";
import { openLog } from "./log.ts";
import type { AuditLog } from "./log.ts";
import { publishByCommand, publishToFolder, readNewestHead } from "./published-heads.ts";
import type { PublishHead } from "./published-heads.ts";
import { findWrongRights } from "./rights.ts";
import { confirmHead, HeadRefused, readHeadsBy } from "./tree-head.ts";
import type { ReadHead, TreeHead } from "./tree-head.ts";

/** The log of a running gateway. */
export interface KeptLog {
  readonly log: AuditLog;
  readonly heads: HeadSchedule;
  readonly readHead: ReadHead;
  /** Whether anything can be recorded now. Never rejects. */
  state(): Promise<LogState>;
  /** What would let somebody change the log unnoticed: a sentence each, for an operator. Never rejects. */
  inspect(): Promise<readonly string[]>;
  /** Publishes the last head. The connections stay open. */
  close(): Promise<void>;
}

/** As `/ready` tells it; sentences of ours, without an address or a path. */
export interface LogState {
  readonly status: "RECORDING" | "NOT_RECORDING";
  /** Why nothing can be recorded. */
  readonly reason?: string;
  /** The newest head that this process has signed or found published. */
  readonly head: { readonly size: number; readonly at: string } | null;
  /** Why none is signed now. */
  readonly notSigned?: string;
}

/** Where heads are published, and the newest can be read back from. */
export interface HeadsPlace {
  readonly folder: string | undefined;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]] | undefined;
  /** Milliseconds between heads. */
  readonly everyMs: number;
}

export interface KeptLogOptions {
  /** To the log's database. */
  readonly connections: Pool;
  /** Queries over them. */
  readonly database: GatewayDatabase;
  /** Brings the database to its newest form; never rejects. */
  readonly migrate: () => Promise<void>;
  readonly keys: Pick<SigningKeys, "sign" | "publicKeys">;
  readonly place: HeadsPlace;
  /** Milliseconds since 1970, by the clock on the wall: what heads are dated by must agree with it. */
  readonly wallClock: () => number;
  readonly monotonic: () => number;
  readonly awaitCompany: AwaitCompany;
  /** Given each head once it is published. */
  readonly onHead?: (head: TreeHead) => Promise<void>;
  /** Told in a sentence what an operator should look at. */
  readonly onProblem: (sentence: string) => void;
}

/**
 * Opens the log for a gateway. Where its database cannot be reached the gateway starts all the same, and
 * records nothing until it can.
 *
 * @throws {HeadRefused} with a sentence where the log does not go on from the newest published head
 * @throws {Error} with a sentence where what lies where heads are published is no head of this log
 */
export async function keepLog(options: KeptLogOptions): Promise<KeptLog> {
  const { connections, migrate, keys, place, wallClock, monotonic, awaitCompany, onProblem } =
    options;
  const readHead: ReadHead = (jws) => readHeadsBy(keys.publicKeys().keys)(jws);
  const previous =
    place.folder === undefined ? undefined : await readNewestHead(place.folder, readHead);
  const log = openOnceConfirmed(openLog({ connections, monotonic, awaitCompany }), async () => {
    await migrate();
    if (previous) await confirmHead(connections, previous);
  });
  await log.confirm().catch((error: unknown) => {
    if (error instanceof HeadRefused) throw error;
    onProblem(describeTrouble(error));
  });
  let notSigned: string | undefined;
  const heads = scheduleHeads({
    connections,
    sign: (payload) => {
      notSigned = undefined;
      return keys.sign("head", payload);
    },
    now: wallClock,
    previous,
    everyMs: place.everyMs,
    publish: publisherOf(options, readHead),
    onFailure(error) {
      notSigned = describeTrouble(error);
      onProblem(error instanceof Error ? error.message : notSigned);
    },
  });
  return {
    log,
    heads,
    readHead,
    async state() {
      const head = heads.newest();
      const told = {
        head: head ? { size: head.size, at: head.at } : null,
        ...(notSigned !== undefined && { notSigned }),
      };
      try {
        await log.check();
        return { status: "RECORDING", ...told };
      } catch (error) {
        return { status: "NOT_RECORDING", reason: describeTrouble(error), ...told };
      }
    },
    inspect: () => findWeaknesses(options),
    close: () => heads.stop(),
  };
}

/** Publishes to each place there is; to none, where the operator has set none. */
function publisherOf(
  { place: { folder, command }, onHead, onProblem }: KeptLogOptions,
  readHead: ReadHead,
): PublishHead {
  const publishers = [
    ...(folder === undefined ? [] : [publishToFolder(folder, readHead)]),
    ...(command === undefined ? [] : [publishByCommand(command)]),
  ];
  return async (head) => {
    for (const publish of publishers) await publish(head);
    // It is published: what waits for it here gets the next one, if not this.
    await onHead?.(head).catch((error: unknown) => onProblem(describeTrouble(error)));
  };
}

async function findWeaknesses({ database, place }: KeptLogOptions): Promise<readonly string[]> {
  // Where it cannot be asked now, the log says so itself.
  const wrong = await findWrongRights(database).catch(() => []);
  if (place.folder !== undefined || place.command !== undefined) return wrong;
  return [
    "Tree heads of the log are published nowhere, so that a rewrite of all of it would not show. Set TREE_HEADS_DIR or TREE_HEADS_COMMAND.",
    ...wrong,
  ];
}

/** A sentence of ours, or one that says of a database's words nothing: they may hold addresses and SQL. */
function describeTrouble(error: unknown): string {
  return error instanceof HeadRefused || error instanceof LogWentBack
    ? error.message
    : "The log's database or the place of its tree heads does not answer; the gateway's own log says more.";
}
