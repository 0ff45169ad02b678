import { openServiceTokens } from "./service-token.ts";
import type { ServiceTokens } from "./service-token.ts";
import { openSigningKeys } from "./signing-keys.ts";
import type { SigningKeys, SigningKeysOptions } from "./signing-keys.ts";

/** The gateway as the one who signs. */
export interface Signer {
  readonly keys: SigningKeys;
  readonly serviceTokens: ServiceTokens;
}

/**
 * Opens the gateway's keys, and what it proves itself by to the sources.
 *
 * @throws {Error} with a sentence where no folder is named, or it is not as it must be
 */
export async function openSigner(options: SigningKeysOptions): Promise<Signer> {
  if (options.folder === "")
    throw new Error(
      "SIGNING_KEYS_DIR is not set. Owners of registers answer signed calls alone: make a folder of keys by `npx lien-thong keys make DIR` and name it, or try all of it by `npx lien-thong start`.",
    );
  const keys = await openSigningKeys(options);
  return { keys, serviceTokens: openServiceTokens({ keys, now: options.now }) };
}
