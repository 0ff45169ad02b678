import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import type { CryptoKey, JWK, JWTHeaderParameters, JWTPayload } from "jose";

/** An issuer whose keys a test changes, over HTTP. */
export interface TestIssuer {
  readonly url: string;
  /** How often its keys were fetched. */
  fetches(): number;
  /** Adds a key pair by name, and publishes it. */
  addKey(kid: string): Promise<void>;
  withdrawKey(kid: string): void;
  /** Whether it answers. */
  isAway: boolean;
  publicKey(kid: string): JWK;
  /** A token of a counter officer, valid for an hour from `now`, but for what is said otherwise. */
  sign(token?: {
    kid?: string;
    header?: Partial<JWTHeaderParameters>;
    claims?: JWTPayload;
    signedBy?: string;
  }): Promise<string>;
  stop(): Promise<void>;
}

export const audience = "lien-thong";

export async function startTestIssuer(now: () => number): Promise<TestIssuer> {
  const keys = new Map<string, { privateKey: CryptoKey; publicKey: JWK }>();
  const published = new Set<string>();
  let fetches = 0;
  const server = createServer((request, response) => {
    if (issuer.isAway) return void request.socket.destroy();
    response.setHeader("content-type", "application/json");
    if (request.url === "/keys") {
      fetches++;
      return void response.end(
        JSON.stringify({ keys: [...published].map((kid) => keys.get(kid)!.publicKey) }),
      );
    }
    response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer: TestIssuer = {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    isAway: false,
    fetches: () => fetches,
    async addKey(kid) {
      const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
      keys.set(kid, {
        privateKey,
        publicKey: { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" },
      });
      published.add(kid);
    },
    withdrawKey: (kid) => void published.delete(kid),
    publicKey: (kid) => keys.get(kid)!.publicKey,
    async sign({ kid = "first", header = {}, claims = {}, signedBy = kid } = {}) {
      const seconds = Math.floor(now() / 1000);
      return await new SignJWT({
        iss: issuer.url,
        aud: audience,
        sub: "officer-lan",
        client_id: "console",
        role: "counter-officer",
        agency: "ubnd-00004",
        iat: seconds,
        exp: seconds + 3_600,
        ...claims,
      })
        .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid, ...header })
        .sign(keys.get(signedBy)!.privateKey);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  await issuer.addKey("first");
  return issuer;
}
