import { readPublishedOperations } from "../../schema/operations.ts";
import { askForToken } from "../local/development-grant.ts";
import { TRIAL_NOTICE } from "../local/embedded-postgres.ts";
import type { SeededPerson } from "../local/seeded-people.ts";
import { defaultIssuerPort } from "./token.ts";

/** Seconds for which a token in the guide is valid: a day, or less where the issuer ends before. */
const tokenSeconds = "86400";

/**
 * What a newcomer needs: where everything is, and something to ask as an officer and as a citizen, ready to
 * be pasted. Tokens stand in it, so that it is for the terminal alone.
 *
 * @param sample somebody whose life is worth looking at, where the people are invented
 */
export async function writeGuide(
  url: string,
  issuer: string,
  sample: SeededPerson | undefined,
): Promise<string> {
  const pin = sample?.pin ?? "000000000000";
  const operations = readPublishedOperations();
  const ask = (file: string, headers: Readonly<Record<string, string>>) => {
    const query = operations.get(file)!.replaceAll(/\s+/g, " ").trim();
    const said = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`);
    const body = JSON.stringify({ query, variables: { pin } });
    return `curl -s ${url}/graphql -H 'content-type: application/json' ${said.join(" ")} -d '${body}'`;
  };
  const tokenOf = (role: string, more = {}) =>
    askForToken(issuer, { role, expires: tokenSeconds, ...more });
  const officer = await tokenOf("counter-officer");
  const citizen = await tokenOf("citizen", { pin });
  const elsewhere = issuer.endsWith(`:${defaultIssuerPort}`) ? "" : ` --issuer ${issuer}`;
  return `
  API               ${url}/graphql
  explorer          ${url}/explorer#${new URLSearchParams({ pin, purpose: "own-data", token: citizen }).toString()}
  schema            ${url}/schema.graphql
  health            ${url}/health  ${url}/ready  ${url}/metrics
  tokens            npx lien-thong token --as ROLE${elsewhere}

${sample ? `A life worth looking at — ${sample.name}, ${sample.pin}: ${sample.sentence}\nMore of them: npx lien-thong people --story list\n\n` : ""}The whole of it, as the citizen sees her own data:

${ask("dossier.graphql", { authorization: `Bearer ${citizen}`, "x-purpose": "own-data" })}

What an officer sees who certifies that she is unmarried:

${ask("certificate-dossier.graphql", {
  authorization: `Bearer ${officer}`,
  "x-purpose": "marital-status-certificate",
  "x-case": "HS-0001/2026",
})}

Who asks, why and for which case is said by these three headers; README.md tells of them.
All people here are invented. ${TRIAL_NOTICE}

`;
}
