import type { Role } from "../../schema/roles.ts";
import { askForToken } from "../../gateway/local/development-grant.ts";

/** Headers that say who asks and why. */
export type AskerHeaders = Readonly<Record<string, string>>;

/** Those who ask a system under trial; each is given one token, and keeps it. */
export interface Askers {
  /** A citizen who looks at his own data. */
  citizen(pin: string): Promise<AskerHeaders>;
  /** A role's ready-made person, for what says nothing about citizens. */
  of(role: Role): Promise<AskerHeaders>;
}

/** @param issuer URL of a development issuer */
export function openAskers(issuer: string): Askers {
  const known = new Map<string, Promise<AskerHeaders>>();
  const keep = (id: string, make: () => Promise<AskerHeaders>) => {
    const headers = known.get(id) ?? make();
    known.set(id, headers);
    return headers;
  };
  const bearer = async (wish: Parameters<typeof askForToken>[1]) =>
    `Bearer ${await askForToken(issuer, { expires: "86400", ...wish })}`;
  return {
    citizen: (pin) =>
      keep(pin, async () => ({
        "content-type": "application/json",
        authorization: await bearer({ role: "citizen", pin }),
        "x-purpose": "own-data",
      })),
    of: (role) =>
      keep(role, async () => ({
        "content-type": "application/json",
        authorization: await bearer({ role }),
      })),
  };
}
