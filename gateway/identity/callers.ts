import { openAccessTokens } from "./access-token.ts";
import type { AccessTokens } from "./access-token.ts";
import { openIssuerKeys } from "./issuer-keys.ts";
import type { IssuerKeysOptions } from "./issuer-keys.ts";

export interface CallersOptions extends IssuerKeysOptions {
  /** This gateway, as the issuer's tokens name it. */
  readonly audience: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Opens the reading of who asks, by an issuer's access tokens and its published keys. */
export function openCallers({ issuer, audience, now, ...rest }: CallersOptions): AccessTokens {
  return openAccessTokens({ issuer, audience, keys: openIssuerKeys({ issuer, ...rest }), now });
}
