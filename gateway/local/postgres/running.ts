import { readCredentials } from "./credentials.ts";
import { buildUrl } from "./databases.ts";
import { findHome } from "./home.ts";
import { isAlive, readPostmasterFile } from "./postmaster-file.ts";

/**
 * The databases of a cluster that somebody else runs, such as `lien-thong start` in another terminal,
 * to be used beside him.
 *
 * @returns the URL of each database by name; undefined where no cluster runs on that folder
 */
export async function findRunningDatabases(
  dataDirectory: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const home = await findHome(dataDirectory);
  if (home === undefined) return undefined;
  const server = await readPostmasterFile(home.cluster);
  if (!server?.ready || !isAlive(server.pid)) return undefined;
  const { roles } = await readCredentials(home.credentials);
  return Object.fromEntries(
    Object.entries(roles).map(([name, password]) => [name, buildUrl(name, password, server.port)]),
  );
}
