import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { Provider, errors } from "oidc-provider";
import type { Adapter, JWK, TokenEndpointGrantContext } from "oidc-provider";
import { isRole, roles } from "../../schema/roles.ts";
import type { Role } from "../../schema/roles.ts";
import { developmentClient, developmentGrant } from "./development-grant.ts";
import type { Wish } from "./development-grant.ts";
import { readyMadePeople } from "./ready-made-people.ts";

const wishes: readonly (keyof Wish)[] = [
  "role",
  "agency",
  "unit",
  "subject",
  "pin",
  "acr",
  "expires",
];

export interface IssuerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Whom its tokens are for: the gateway's `OIDC_AUDIENCE`. */
  readonly audience: string;
}

export interface Issuer {
  /** Its name in tokens, and where it answers. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * A real issuer of OpenID Connect for one machine's trials, on loopback alone: it gives whoever reaches it
 * the token of anybody. Its keys live as long as it does.
 *
 * @throws {Error} with a sentence where the port is taken
 */
export async function startIssuer({ port, audience }: IssuerOptions): Promise<Issuer> {
  const server = createServer();
  const url = `http://localhost:${await listenOnLoopback(server, port)}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: developmentClient,
        token_endpoint_auth_method: "none",
        grant_types: [developmentGrant],
        response_types: [],
        redirect_uris: [],
        id_token_signed_response_alg: "ES256",
      },
    ],
    adapter: keepNothing,
    jwks: { keys: [await makeKey()] },
    extraTokenClaims: (ctx) => claimsOf(ctx.oidc.params ?? {}),
    features: { devInteractions: { enabled: false } },
  });
  provider.registerGrantType<Wish>(developmentGrant, (ctx) => issue(ctx, audience), wishes);
  const handle = provider.callback();
  server.on("request", (request, response) => void handle(request, response));
  return { url, stop: () => close(server) };
}

/** Never on another address: whoever reaches it is given every right there is. */
async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", ({ code, message }: NodeJS.ErrnoException) =>
      reject(
        new Error(
          code === "EADDRINUSE"
            ? `Port ${port} is in use; choose another for the development issuer by --issuer-port.`
            : `The development issuer cannot listen on port ${port}: ${message}.`,
        ),
      ),
    );
    server.listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

/** Its tokens say themselves all that there is to know, so that nothing is looked up. */
const keepNothing = (): Adapter => ({
  find: async () => undefined,
  findByUid: async () => undefined,
  findByUserCode: async () => undefined,
  upsert: async () => {},
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
});

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const key = await exportJWK(privateKey);
  return { ...key, kid: await calculateJwkThumbprint(key), alg: "ES256", use: "sig" };
}

/** The claims that the gateway reads: the role's ready-made person, but for what is wished otherwise. */
function claimsOf({ role, agency, unit, pin, acr }: Wish) {
  if (!isRole(role)) return {};
  const person = readyMadePeople[role];
  return {
    role,
    agency: agency ?? person.agency,
    unit: unit ?? person.unit,
    pin: pin ?? person.pin,
    acr: acr ?? person.acr,
  };
}

/** Each citizen is somebody else to the gateway, and no subject tells a personal number. */
function nameSubject(role: Role, pin: string | undefined): string {
  const { subject } = readyMadePeople[role];
  if (pin === undefined) return subject;
  return `${subject}-${createHash("sha256").update(pin).digest("hex").slice(0, 16)}`;
}

const secondsByDefault = 3_600;
const mostSeconds = 86_400;

async function issue(ctx: TokenEndpointGrantContext<Wish>, audience: string): Promise<void> {
  const { client, provider, params } = ctx.oidc;
  const { role, subject, pin, expires = String(secondsByDefault) } = params;
  if (!isRole(role)) throw new errors.InvalidRequest(`role must be one of ${roles.join(", ")}`);
  const seconds = Number(expires);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > mostSeconds)
    throw new errors.InvalidRequest(`expires must be seconds from 1 to ${mostSeconds}`);
  const token = new provider.AccessToken({
    client,
    accountId: subject ?? nameSubject(role, pin),
    gty: "development",
    grantId: "development",
    expiresIn: seconds,
    resourceServer: new provider.ResourceServer(audience, {
      scope: "",
      audience,
      accessTokenFormat: "jwt",
      jwt: { sign: { alg: "ES256" } },
    }),
  });
  ctx.body = { access_token: await token.save(), expires_in: seconds, token_type: "Bearer" };
}
