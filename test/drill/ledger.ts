import { rm } from "node:fs/promises";
import { startEmbeddedPostgres } from "../../gateway/local/embedded-postgres.ts";
import {
  guardAgainstOwnDeath,
  makeMemoryFolder,
} from "../../gateway/local/postgres/memory-folder.ts";

/** The PostgreSQL of the gateway's ledger alone, so that it can go without the registers'. */
export interface Ledger {
  readonly url: string;
  /** Stops the server: its sessions are ended, the next connection is refused. */
  die(): Promise<void>;
  /** Starts it again where it was, with all that it held. */
  live(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one whose data live as long as the drill. */
export async function startLedger(): Promise<Ledger> {
  const folder = await makeMemoryFolder();
  const start = async () => {
    const server = await startEmbeddedPostgres({
      dataDirectory: folder,
      databases: ["gateway"],
      fsync: false,
    });
    const callOff = guardAgainstOwnDeath(server.pid, [folder]);
    return {
      url: server.urls.gateway,
      async stop() {
        callOff();
        await server.stop();
      },
    };
  };
  let server = await start();
  const { url } = server;
  return {
    url,
    die: () => server.stop(),
    async live() {
      server = await start();
      if (server.url !== url)
        throw new Error(
          "Another program has taken the port of the ledger's database while that was away; play the drill again.",
        );
    },
    async close() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
