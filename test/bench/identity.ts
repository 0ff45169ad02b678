import { isDeepStrictEqual } from "node:util";
import { askForToken, developmentClient } from "../../gateway/local/development-grant.ts";
import { startIssuer } from "../../gateway/local/issuer.ts";
import { options } from "../../gateway/settings.ts";
import { readPublishedOperations } from "../../schema/operations.ts";
import { makeAuditPlaces } from "../support/audit-places.ts";
import type { Plan } from "./compare.ts";
import { ours, oursNamed, startGatewayProcess } from "./gateways.ts";
import { loadGateway } from "./load.ts";
import type { Asks } from "./load.ts";
import { compareWithFirst, measureSideBySide } from "./measure.ts";
import type { Measurement, Ratio } from "./measure.ts";
import type { Sources } from "./sources.ts";

/** What it costs to know who asks, to check why, and to record who looked. */
export interface IdentityCost {
  readonly measurements: readonly Measurement[];
  readonly ratios: readonly Ratio[];
  readonly checkedAnswers: number;
  readonly differentAnswers: number;
}

/** Officers who ask in turn: a token is verified once, as in a working day. */
const officers = 20;
const checkedAnswers = 200;
const warmUpRequests = 3_000;

/**
 * Measures ours with identity, policy, signed calls and log beside ours without them, over the same sources,
 * ledger and operation: the Dossier of a certificate, each request for another person and case. The sources
 * are stopped in the end.
 */
export async function measureIdentity(
  sources: Sources,
  plan: Pick<Plan, "connections" | "ledger" | "rounds" | "seconds" | "say">,
): Promise<IdentityCost> {
  const { ledger, say } = plan;
  const { meter, urls } = sources;
  const places = await makeAuditPlaces();
  const issuer = await startIssuer({ port: 0, audience: options.oidcAudience.fallback });
  const gateways = [];
  try {
    const identity = {
      ...places.env,
      OIDC_ISSUER: issuer.url,
      FREE_CLIENTS: developmentClient,
      REQUESTS_PER_MINUTE: "1000000",
    };
    for (const kind of [oursNamed, ours])
      gateways.push(await startGatewayProcess(kind, { urls, meter, ledger, identity }));
    const asks = await askForCertificates(issuer.url);
    const candidates = gateways.map((gateway) => ({ gateway, nextPerson: sources.drawPeople() }));
    say("with and without identity, policy and log: warming up …");
    for (const { gateway, nextPerson } of candidates)
      await loadGateway(gateway.url, {
        ...{ nextPerson, asks, connections: 32, until: { requests: warmUpRequests } },
      });
    const measurements: Measurement[] = [];
    for (const connections of plan.connections) {
      say(`${connections} connections: ${plan.rounds} rounds of ${plan.seconds} s each …`);
      const until = { seconds: plan.seconds };
      measurements.push(
        ...(await measureSideBySide(candidates, { rounds: plan.rounds, connections, asks, until })),
      );
    }
    const nextPerson = sources.drawPeople();
    let differentAnswers = 0;
    for (let place = 0; place < checkedAnswers; place++) {
      const [one, other] = await askBoth(nextPerson(), place, asks, gateways);
      if (one === undefined || !isDeepStrictEqual(one, other)) differentAnswers++;
    }
    return {
      measurements,
      ratios: compareWithFirst(measurements),
      checkedAnswers,
      differentAnswers,
    };
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    await issuer.stop();
    await places.remove();
    await sources.stop();
  }
}

async function askForCertificates(issuer: string): Promise<Asks> {
  const tokens = await Promise.all(
    Array.from({ length: officers }, (_, officer) =>
      askForToken(issuer, {
        role: "counter-officer",
        subject: `officer-${officer}`,
        expires: "86400",
      }),
    ),
  );
  // Over all rounds, for a case opens two people and no more.
  let cases = 0;
  const query = JSON.stringify(readPublishedOperations().get("certificate-dossier.graphql"));
  return {
    headersOf: (place) => ({
      "content-type": "application/json",
      authorization: `Bearer ${tokens[place % officers]}`,
      "x-purpose": "marital-status-certificate",
      "x-case": `HS-${++cases}/2026`,
    }),
    bodyOf: (pin) => `{"query":${query},"variables":{"pin":"${pin}"}}`,
  };
}

async function askBoth(
  pin: string,
  place: number,
  asks: Asks,
  gateways: readonly { readonly url: string }[],
): Promise<unknown[]> {
  return await Promise.all(
    gateways.map(async ({ url }) => {
      const response = await fetch(url, {
        method: "POST",
        headers: asks.headersOf(place),
        body: asks.bodyOf(pin),
      });
      return ((await response.json()) as { data?: unknown }).data;
    }),
  );
}
