import { createHash, randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { SignJWT, importJWK } from "jose";
import type { JWK, JWTPayload } from "jose";
import { openServiceTokens } from "../../gateway/identity/service-token.ts";
import { openSigningKeys } from "../../gateway/identity/signing-keys.ts";
import type { SigningKeys } from "../../gateway/identity/signing-keys.ts";
import type { KeyKind } from "../../schema/signatures.ts";
import { makeFullKeyFolder } from "./signing-keys.ts";

/** What a forger says otherwise than the gateway would. */
export interface Forgery {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: JWTPayload;
  /** The body that the token is for. */
  readonly body?: string;
  /** A private key, or a shared secret. */
  readonly key?: JWK | Uint8Array;
}

/** As much of a gateway as an owner meets: its keys over HTTP, and what it signs with them. */
export interface SigningGateway {
  readonly jwksUrl: string;
  /** Of its keys, for a gateway that is to sign with the same. */
  readonly keyFolder: string;
  /** How often its keys were fetched. */
  fetches(): number;
  /** Whether its page of keys answers. */
  isAway: boolean;
  /** Adds a key, and has the gateway take note of it. */
  addKey(kind: KeyKind, activeFrom: number): Promise<{ kid: string; jwk: JWK }>;
  /** Takes a key away, and has the gateway take note of it. */
  withdrawKey(kid: string): Promise<void>;
  /** The key that signs now, and its private half. */
  key(kind: KeyKind): JWK & { readonly kid: string };
  publicKeys: SigningKeys["publicKeys"];
  /** Signs anything with the key of a kind. */
  signJws: SigningKeys["sign"];
  /** A token as the gateway makes them. */
  sign(audience: string, body: string): string;
  /** A token for population by whoever has a key. */
  forge(body: string, forgery?: Forgery): Promise<string>;
  stop(): Promise<void>;
}

export async function startSigningGateway(now: () => number): Promise<SigningGateway> {
  const folder = await makeFullKeyFolder(now() - 3_600_000);
  const failed: unknown[] = [];
  const open = () =>
    openSigningKeys({ folder: folder.path, now, onFailure: (error) => failed.push(error) });
  let keys = await open();
  const privateKeys = new Map<string, JWK>((await folder.list()).map((jwk) => [jwk.kid, jwk]));
  const reopen = async () => {
    keys.stop();
    keys = await open();
  };
  const tokens = openServiceTokens({ keys: { sign: (...args) => keys.sign(...args) }, now });
  let fetches = 0;
  const server = createServer((request, response) => {
    if (gateway.isAway) return void request.socket.destroy();
    fetches++;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(keys.publicKeys()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gateway: SigningGateway = {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/jwks.json`,
    keyFolder: folder.path,
    isAway: false,
    fetches: () => fetches,
    async addKey(kind, activeFrom) {
      const { kid, jwk } = await folder.add(kind, activeFrom);
      privateKeys.set(kid, jwk);
      await reopen();
      return { kid, jwk };
    },
    async withdrawKey(kid) {
      const file = (await readdir(folder.path)).find((name) => name.includes(kid));
      await rm(join(folder.path, file!));
      await reopen();
    },
    key(kind) {
      const header = keys.sign(kind, "").split(".")[0]!;
      const { kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string };
      return { ...privateKeys.get(kid)!, kid };
    },
    publicKeys: () => keys.publicKeys(),
    signJws: (...args) => keys.sign(...args),
    sign: (audience, body) => tokens.sign({ audience, body }),
    async forge(body, { header = {}, claims = {}, body: signed = body, key } = {}) {
      const seconds = Math.floor(now() / 1000);
      const own = gateway.key("service");
      return await new SignJWT({
        iss: "lien-thong",
        aud: "population",
        iat: seconds,
        exp: seconds + 30,
        jti: randomUUID(),
        body_sha256: createHash("sha256").update(signed).digest("base64url"),
        ...claims,
      })
        .setProtectedHeader({
          alg: "ES256",
          typ: "lien-thong-service+jwt",
          kid: own.kid,
          ...header,
        })
        .sign(key instanceof Uint8Array ? key : await importJWK(key ?? own, "ES256"));
    },
    async stop() {
      keys.stop();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await folder.remove();
    },
  };
  return gateway;
}
