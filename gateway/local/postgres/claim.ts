import { setTimeout as delay } from "node:timers/promises";
import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import type { ClusterLock } from "./cluster-lock.ts";
import { lockCluster } from "./cluster-lock.ts";
import { readCredentials } from "./credentials.ts";
import { buildUrl } from "./databases.ts";
import type { Home } from "./home.ts";
import { isAlive, readPostmasterFile } from "./postmaster-file.ts";
import type { OwnChild, Server } from "./server.ts";
import { launchServer, stopServer } from "./server.ts";

/** A running server that this process alone may use and stop. */
export interface Claim {
  readonly server: Server;
  readonly lock: ClusterLock;
  /** Undefined for one that ran before, its owner having been killed. */
  readonly child: OwnChild | undefined;
}

// A server that another process starts, recovers or stops is gone or ready within seconds.
const OCCUPIED_PATIENCE_MS = 60_000;
const OCCUPIED_RETRY_MS = 100;

/**
 * Takes over the server that runs on `home`, or starts one, and locks it.
 *
 * Whether a left-over `postmaster.pid` is stale PostgreSQL knows best, which also looks at the
 * shared memory: when no server answers, one is launched, and refuses if the cluster is in use.
 *
 * @throws a sentence when a live process owns the cluster, or PostgreSQL will not start
 */
export async function claimServer(
  home: Home,
  binaries: Binaries,
  account: Account,
  settings: Readonly<Record<string, string>>,
  log: (line: string) => void,
): Promise<Claim> {
  const { admin, port: lastPort } = await readCredentials(home.credentials);
  const lock = (server: Server) => lockCluster(buildUrl("postgres", admin, server.port));
  const deadline = Date.now() + OCCUPIED_PATIENCE_MS;
  let wantedPort = lastPort;

  while (Date.now() < deadline) {
    const running = await findRunningServer(home);
    const attempt = running && (await lock(running));
    if (running && attempt?.outcome === "locked") {
      log(
        `Taking over the PostgreSQL that a killed process left running (process ${running.pid}).`,
      );
      return { server: running, lock: attempt.lock, child: undefined };
    }
    if (attempt?.outcome === "held") throw refuse(home, attempt.owner);

    const launch = await launchServer(home, binaries, account, settings, wantedPort);
    if (launch.outcome === "ready") {
      const own = await lock(launch.server);
      if (own.outcome === "locked") return { ...launch, lock: own.lock };
      // Whoever was quicker owns it now; a server that lets nobody in is of no use to anybody.
      if (own.outcome === "held") throw refuse(home, own.owner);
      await stopServer(home.cluster, binaries, account);
      throw new Error(
        `The embedded PostgreSQL does not accept the password in ${home.credentials}. ` +
          `Put the right file back, or delete ${home.folder} to begin with an empty database.`,
      );
    }
    if (launch.outcome === "port-taken") wantedPort = 0;
    if (launch.outcome === "occupied") await delay(OCCUPIED_RETRY_MS);
  }
  throw new Error(
    `Another PostgreSQL has had ${home.cluster} for ${OCCUPIED_PATIENCE_MS / 1000} s without accepting ` +
      `connections. Wait until it is ready or gone (see ${home.log}), then start again.`,
  );
}

/** The ready server that `postmaster.pid` names, if its process is still there. */
async function findRunningServer(home: Home): Promise<Server | undefined> {
  const file = await readPostmasterFile(home.cluster);
  return file?.ready && isAlive(file.pid) ? file : undefined;
}

function refuse(home: Home, owner: string): Error {
  return new Error(
    `The database in ${home.folder} is already in use by process ${owner}. ` +
      `Stop that one first, or give this one another folder with --data.`,
  );
}
