/**
 * What the gateway signs, and how each is told from the others: the agreement between the gateway, the
 * owners who verify its calls, and whoever verifies a log head or a document.
 */

/** What a key of the gateway signs; none signs two of them. */
export const keyKinds = ["service", "head", "evidence"] as const;

export type KeyKind = (typeof keyKinds)[number];

/**
 * Header `typ` of what a kind of key signs (RFC 8725, section 3.11), so that nothing signed for one use
 * can be shown for another.
 */
export const signatureTypes = {
  service: "lien-thong-service+jwt",
  head: "lien-thong-head+jws",
  evidence: "lien-thong-evidence+jws",
} as const satisfies Record<KeyKind, string>;

/**
 * The one algorithm of all of them: ECDSA over P-256 with SHA-256 (RFC 7518, section 3.4).
 *
 * Ed25519 signs no faster here (22 µs, and this 18), and a reader must be able to verify a document with
 * what he has, and an owner a call in any language: .NET has no Ed25519 (dotnet/runtime#63174), nor has
 * Microsoft.IdentityModel, and Chrome only since 2025.
 */
export const signatureAlgorithm = "ES256";

/** The gateway's name in what it signs: the claim `iss`. */
export const signerName = "lien-thong";

/** Seconds for which a service token may live at most: one call, and what clocks and lines cost it. */
export const serviceTokenSeconds = 30;

/** The claim of a service token that binds it to its call: base64url of the SHA-256 of the body's bytes. */
export const bodyHashClaim = "body_sha256";

/** A public key as `GET /.well-known/jwks.json` tells it (RFC 7517). */
export interface PublicKey {
  readonly kty: "EC";
  readonly crv: "P-256";
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  /** A member of our own: what the key signs. */
  readonly kind: KeyKind;
  readonly use: "sig";
  readonly alg: typeof signatureAlgorithm;
}

export function isKeyKind(value: unknown): value is KeyKind {
  return keyKinds.some((kind) => kind === value);
}
