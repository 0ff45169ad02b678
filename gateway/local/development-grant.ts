/** The grant by which `lien-thong token` asks the development issuer for a token of anybody. */
export const developmentGrant = "urn:lien-thong:grant:development";

/** The client that may use that grant. */
export const developmentClient = "lien-thong-token";

/** What that client says of the person: `role`, and what differs from the role's ready-made person. */
export interface Wish {
  readonly role?: string;
  readonly agency?: string;
  readonly unit?: string;
  readonly subject?: string;
  readonly pin?: string;
  readonly acr?: string;
  /** Seconds. */
  readonly expires?: string;
}

/**
 * Asks a development issuer for a token.
 *
 * @param issuer its URL
 * @returns the access token
 * @throws {Error} with a sentence where no issuer answers there, or it gives none
 */
export async function askForToken(issuer: string, wish: Wish): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: developmentGrant,
      client_id: developmentClient,
      ...wish,
    }),
  }).catch(() => {
    throw new Error(
      `No issuer answers at ${issuer}. \`npx lien-thong start\` has one while it runs; --issuer names another.`,
    );
  });
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  if (typeof answer["access_token"] === "string") return answer["access_token"];
  const { error_description: reason } = answer;
  throw new Error(
    `The issuer gives no token: ${typeof reason === "string" ? reason : `HTTP ${response.status}`}.`,
  );
}
