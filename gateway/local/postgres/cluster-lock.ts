import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";

/** The right to use and stop a cluster, held as an advisory lock by a database session of its own. */
export interface ClusterLock {
  /** Settles when the lock is gone for good, otherwise than with the server that its owner stops. */
  readonly lost: Promise<Loss>;
  /**
   * Gives the lock up with the server, which ends the session as it stops. Not before: somebody
   * could take over a server that is about to stop.
   */
  endWithServer(): void;
}

/** How a lock was lost for good. */
export type Loss =
  | { readonly kind: "ended" }
  /** While the server recovered from a crash, the process `owner` was quicker. */
  | { readonly kind: "taken-over"; readonly owner: string };

export type LockAttempt =
  | { readonly outcome: "locked"; readonly lock: ClusterLock }
  /** `owner` is the process id that holds it. */
  | { readonly outcome: "held"; readonly owner: string }
  /** Nothing at that port lets us in: not this cluster's server. */
  | { readonly outcome: "unreachable" };

type Try =
  | { readonly outcome: "locked" }
  | { readonly outcome: "held"; readonly owner: string }
  | { readonly outcome: "refused" | "nobody-listens" };

// "LT" and the subject; advisory locks of other programs in this database there are none.
const LOCK = "(19540, 1)";
// A killed owner's session ends as soon as its server process reads the closed socket.
const PATIENCE_MS = 1_000;
const RETRY_MS = 50;
const own = String(process.pid);
/** A holder whose session ended while it was looked for. */
const unknown = "unknown";

/**
 * Takes the lock, which the system itself gives back when its holder dies. That is why it is no
 * file: after `kill -9` a lock file says that somebody owns the cluster, and this lock doesn't.
 *
 * A crash of one server process makes PostgreSQL end every session, this one too; the lock is then
 * taken again, as otherwise a second start could stop the database under its owner. A server keeps its
 * port while it recovers: where nobody listens any more, it has ended, whoever had started it.
 *
 * @param adminUrl the superuser's URL; the database must be the same for everybody
 */
export async function lockCluster(adminUrl: string): Promise<LockAttempt> {
  const deadline = Date.now() + PATIENCE_MS;
  const { promise: lost, resolve: lose } = Promise.withResolvers<Loss>();
  let stopping = false;

  const take = async (): Promise<Try> => {
    const session = new Client({
      connectionString: adminUrl,
      application_name: `lien-thong ${own}`,
    });
    session.on("error", () => undefined); // what follows a lost session is decided on "end"
    try {
      await session.connect();
      const owner = await tryLock(session);
      if (owner === undefined) session.once("end", () => void retake());
      else await session.end();
      return owner === undefined ? { outcome: "locked" } : { outcome: "held", owner };
    } catch (error) {
      await session.end().catch(() => undefined);
      const { code } = error as NodeJS.ErrnoException;
      return { outcome: code === "ECONNREFUSED" ? "nobody-listens" : "refused" };
    }
  };
  const retake = async () => {
    while (!stopping) {
      const again = await take();
      if (again.outcome === "locked" || stopping) return;
      if (again.outcome === "nobody-listens") return lose({ kind: "ended" });
      // Until the server has noticed the crash, the lock is still that of our ended session.
      if (again.outcome === "held" && ![own, unknown].includes(again.owner))
        return lose({ kind: "taken-over", owner: again.owner });
      await delay(RETRY_MS, undefined, { ref: false });
    }
  };

  for (;;) {
    const attempt = await take();
    if (attempt.outcome === "locked") break;
    if (attempt.outcome !== "held") return { outcome: "unreachable" };
    if (Date.now() > deadline) return attempt;
    await delay(RETRY_MS);
  }
  return { outcome: "locked", lock: { lost, endWithServer: () => void (stopping = true) } };
}

/** @returns undefined with the lock taken, otherwise the process that holds it */
async function tryLock(session: Client): Promise<string | undefined> {
  const { rows } = await session.query<{ taken: boolean; owner: string | null }>(
    `select pg_try_advisory_lock${LOCK} as taken,
       (select substring(application_name from '[0-9]+')
          from pg_locks join pg_stat_activity using (pid)
         where locktype = 'advisory' and (classid::int, objid::int) = ${LOCK} and granted limit 1) as owner`,
  );
  return rows[0]?.taken ? undefined : (rows[0]?.owner ?? unknown);
}
