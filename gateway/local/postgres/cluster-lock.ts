import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";

/** The right to use and stop a cluster, held as an advisory lock by a database session of its own. */
export interface ClusterLock {
  /**
   * Gives the lock up with the server, which ends the session as it stops. Not before: somebody
   * could take over a server that is about to stop.
   */
  endWithServer(): void;
}

export type LockAttempt =
  | { readonly outcome: "locked"; readonly lock: ClusterLock }
  /** `owner` is the process id that holds it. */
  | { readonly outcome: "held"; readonly owner: string }
  /** Nothing at that port lets us in: not this cluster's server. */
  | { readonly outcome: "unreachable" };

// "LT" and the subject; advisory locks of other programs in this database there are none.
const LOCK = "(19540, 1)";
// A killed owner's session ends as soon as its server process reads the closed socket.
const PATIENCE_MS = 1_000;
const RETRY_MS = 50;

/**
 * Takes the lock, which the system itself gives back when its holder dies. That is why it is no
 * file: after `kill -9` a lock file says that somebody owns the cluster, and this lock doesn't.
 *
 * A crash of one server process makes PostgreSQL end every session, this one too; the lock is then
 * taken again, as otherwise a second start could stop the database under its owner.
 *
 * @param adminUrl the superuser's URL; the database must be the same for everybody
 * @param log told when the lock is lost for good
 */
export async function lockCluster(
  adminUrl: string,
  log: (line: string) => void,
): Promise<LockAttempt> {
  const deadline = Date.now() + PATIENCE_MS;
  let stopping = false;

  const take = async (): Promise<{ owner: string | undefined } | undefined> => {
    const session = new Client({
      connectionString: adminUrl,
      application_name: `lien-thong ${process.pid}`,
    });
    session.on("error", () => undefined); // what follows a lost session is decided on "end"
    try {
      await session.connect();
      const owner = await tryLock(session);
      if (owner === undefined) session.once("end", () => void retake());
      else await session.end();
      return { owner };
    } catch {
      await session.end().catch(() => undefined);
      return undefined;
    }
  };
  const retake = async () => {
    while (!stopping) {
      const again = await take();
      if (again && again.owner === undefined) return;
      if (again) return log(`The embedded database was taken over by process ${again.owner}.`);
      await delay(RETRY_MS, undefined, { ref: false });
    }
  };

  for (;;) {
    const attempt = await take();
    if (attempt === undefined) return { outcome: "unreachable" };
    if (attempt.owner === undefined) break;
    if (Date.now() > deadline) return { outcome: "held", owner: attempt.owner };
    await delay(RETRY_MS);
  }
  return { outcome: "locked", lock: { endWithServer: () => void (stopping = true) } };
}

/** @returns undefined with the lock taken, otherwise the process that holds it */
async function tryLock(session: Client): Promise<string | undefined> {
  const { rows } = await session.query<{ taken: boolean; owner: string | null }>(
    `select pg_try_advisory_lock${LOCK} as taken,
       (select substring(application_name from '[0-9]+')
          from pg_locks join pg_stat_activity using (pid)
         where locktype = 'advisory' and (classid::int, objid::int) = ${LOCK} and granted limit 1) as owner`,
  );
  return rows[0]?.taken ? undefined : (rows[0]?.owner ?? "unknown");
}
