import { countWrongAnswers } from "./check-answers.ts";
import { startGatewayProcess } from "./gateways.ts";
import type { GatewayKind, GatewayProcess } from "./gateways.ts";
import { askDossierFor, loadGateway } from "./load.ts";
import type { LoadPlan } from "./load.ts";
import { compareWithFirst, measureSideBySide } from "./measure.ts";
import type { Candidate, Measurement, Ratio } from "./measure.ts";
import type { Sources } from "./sources.ts";

/** What gateways showed over the same sources. */
export interface Comparison {
  /** Over what. */
  readonly sources: string;
  readonly measurements: readonly Measurement[];
  readonly ratios: readonly Ratio[];
  readonly calls: readonly CallsPerRequest[];
  readonly checkedAnswers: number;
  readonly wrongAnswers: number;
  /** Seconds after which a gateway was asked about the same person again, at the earliest; null where never. */
  readonly askedAgainAfter: number | null;
}

/** How often one gateway called each sector, for each request, under load. */
export interface CallsPerRequest {
  readonly gateway: string;
  readonly agencies: number;
  readonly bySector: Readonly<Record<string, number>>;
  readonly total: number;
}

export interface Plan {
  readonly kinds: readonly GatewayKind[];
  /** The database of our ledger. */
  readonly ledger: string;
  readonly connections: readonly number[];
  /** The rounds are measured with the first of these numbers of agencies, calls are counted with each. */
  readonly agencies: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  readonly say: (line: string) => unknown;
}

/**
 * A gateway runs for days; what is measured is the code as it is then, compiled, with its lines open and
 * its plans made.
 */
const warmUp = { connections: 32, asks: askDossierFor(1), until: { requests: 3000 } } as const;
/** As many as the measurement that counts most. */
const countedConnections = 32;
/** By number, not by time: a request that is cut off at the end has made calls and is not counted. */
const countedRequests = 2000;
const checkedAnswers = 200;

/** Measures gateways side by side over the same sources, and holds their answers against the truth. */
export async function compareGateways(sources: Sources, plan: Plan): Promise<Comparison> {
  const { kinds, ledger, say } = plan;
  const { meter } = sources;
  const candidates: Candidate[] = [];
  try {
    for (const kind of kinds) {
      const gateway = await startGatewayProcess(kind, { urls: sources.urls, meter, ledger }).catch(
        mustBe(kind, kinds[0]),
      );
      if (gateway) candidates.push({ gateway, nextPerson: sources.drawPeople() });
    }
    say(`${sources.title}: warming up …`);
    let wrongAnswers = 0;
    for (const candidate of candidates) {
      await loadGateway(candidate.gateway.url, { ...warmUp, nextPerson: candidate.nextPerson });
      wrongAnswers += await countWrongAnswers(candidate, sources, checkedAnswers);
    }
    const measurements: Measurement[] = [];
    for (const connections of plan.connections) {
      say(`${connections} connections: ${plan.rounds} rounds of ${plan.seconds} s each …`);
      measurements.push(
        ...(await measureSideBySide(candidates, {
          rounds: plan.rounds,
          connections,
          asks: askDossierFor(plan.agencies[0] ?? 1),
          until: { seconds: plan.seconds },
        })),
      );
    }
    return {
      sources: sources.title,
      measurements,
      ratios: compareWithFirst(measurements),
      calls: await countCallsUnderLoad(candidates, sources, plan),
      checkedAnswers: checkedAnswers * candidates.length,
      wrongAnswers,
      askedAgainAfter: sources.askedAgainAfter(),
    };
  } finally {
    await Promise.all(candidates.map(({ gateway }) => gateway.stop()));
  }
}

/** What comes first must be there; the bench goes on without another that does not start. */
function mustBe(kind: GatewayKind, first: GatewayKind | undefined) {
  return (error: unknown): undefined => {
    if (kind === first) throw error;
    console.error(`${(error as Error).message} Going on without ${kind.name}.`);
  };
}

/** Requests share calls only where there are many at once, so calls are counted then. */
async function countCallsUnderLoad(
  candidates: readonly Candidate[],
  sources: Sources,
  { agencies, ledger, say }: Plan,
): Promise<CallsPerRequest[]> {
  say("counting calls …");
  const counted: CallsPerRequest[] = [];
  // To the other gateways an agency is no more than a header.
  for (const { gateway, nextPerson } of candidates)
    for (const count of gateway.kind.terms ? agencies : agencies.slice(0, 1)) {
      const counting = await sources.startCounting();
      let fresh: GatewayProcess | undefined;
      try {
        // Where it is the sectors themselves that count, the gateway before them is already warm.
        if (counting.urls !== sources.urls)
          fresh = await startGatewayProcess(gateway.kind, {
            urls: counting.urls,
            meter: sources.meter,
            ledger,
          });
        const { url } = fresh ?? gateway;
        const plan = { nextPerson, connections: countedConnections, asks: askDossierFor(count) };
        const load = (until: LoadPlan["until"]) => loadGateway(url, { ...plan, until });
        if (fresh) await load({ requests: 1000 });
        const before = await counting.readCalls();
        const { requests } = await load({ requests: countedRequests });
        const after = Object.entries(await counting.readCalls());
        const bySector = after.map(
          ([name, calls]) => [name, (calls - before[name]!) / requests] as const,
        );
        counted.push({
          gateway: gateway.kind.name,
          agencies: count,
          bySector: Object.fromEntries(bySector),
          total: bySector.reduce((sum, [, calls]) => sum + calls, 0),
        });
      } finally {
        await fresh?.stop();
        counting.stop();
      }
    }
  return counted;
}
