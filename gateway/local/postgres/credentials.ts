import { randomBytes } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";

/** What later starts need to give the same URLs. */
export interface Credentials {
  /** TCP port of the last start; 0 before the first. */
  readonly port: number;
  /** Password of the superuser `postgres`. */
  readonly admin: string;
  /** Password of each login role, by name. */
  readonly roles: Readonly<Record<string, string>>;
}

/** A password that needs no escaping in SQL, a URL or a file: 192 random bits as base64url. */
export function generatePassword(): string {
  return randomBytes(24).toString("base64url");
}

/** @throws a sentence when the file is gone or damaged: the passwords stand nowhere else */
export async function readCredentials(file: string): Promise<Credentials> {
  try {
    const parsed = JSON.parse(await readFile(file, "utf8")) as Credentials;
    if (typeof parsed.port === "number" && typeof parsed.admin === "string" && parsed.roles)
      return parsed;
    throw new Error("it lacks port, admin or roles");
  } catch (error) {
    throw new Error(
      `The passwords of the embedded database cannot be read from ${file}: ${(error as Error).message}. ` +
        `Put the file back, or delete the folder it lies in to begin with an empty database.`,
      { cause: error },
    );
  }
}

/** Writes the whole file under another name first: a crash leaves the old passwords or the new ones. */
export async function writeCredentials(file: string, credentials: Credentials): Promise<void> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flush: true });
  await rename(draft, file);
}
