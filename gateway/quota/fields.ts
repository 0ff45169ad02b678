import type { GraphQLError } from "graphql";
import type { Lane, SourceTerms } from "../../schema/terms.ts";
import type { Access } from "../access.ts";
import type { GatewayDatabase } from "../database/pool.ts";
import { gatewayError } from "../errors.ts";
import { forecastBacklog } from "./backlog.ts";
import { grantQuota, listGrants } from "./grants.ts";
import type { QuotaGrant, RecordedGrant } from "./grants.ts";
import { readOwnStandings, readStandings } from "./standing.ts";
import { describeUnknownSource } from "./unknown-source.ts";

/** The accounts that the fields tell of. */
export interface KeptAccounts {
  readonly database: GatewayDatabase;
  /** The terms of each source, by name. */
  readonly sources: ReadonlyMap<string, SourceTerms>;
}

interface ForecastArguments {
  readonly source: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly lane: Lane;
    readonly records: number;
  }[];
  readonly usual?: readonly { readonly lane: Lane; readonly records: number }[] | null;
  readonly limit?: number | null;
}

/**
 * The fields of schema/gateway.graphql that the ledger answers, each by its arguments and whoever asks.
 * They throw errors of the catalogue alone.
 *
 * @param accounts undefined where no source has terms
 */
export function createQuotaFields(accounts: KeptAccounts | undefined) {
  const { database, sources } = accounts ?? { sources: new Map<string, SourceTerms>() };
  const known = (source: string) => {
    const terms = sources.get(source);
    if (database && terms) return { database, terms };
    throw refusal(describeUnknownSource(source, sources.keys()), "source");
  };
  return {
    quota: (_arguments: object, access: Access) => {
      refuseCitizens(access);
      if (!database) return [];
      return reading(
        seesAll(access)
          ? readStandings(database, sources)
          : readOwnStandings(database, sources, access.agency),
        unread,
      );
    },

    grants: async ({ source }: { readonly source?: string | null }, access: Access) => {
      refuseCitizens(access);
      if (!database) return [];
      const asked = source ? new Map([[source, known(source).terms]]) : sources;
      return (await reading(listGrants(database, asked), unread))
        .filter(({ agency }) => seesAll(access) || agency === access.agency)
        .map(describeGrant);
    },

    grantQuota: async (asked: Omit<QuotaGrant, "grantedBy">, { role, subject }: Access) => {
      if (role !== undefined && role !== "operator")
        throw forbidden("An operator alone grants records of an owner's days.");
      const { database, terms } = known(asked.source);
      const grant = { ...asked, grantedBy: subject };
      const answer = await reading(grantQuota(database, grant, terms), unwritten);
      if (answer.kind === "refused") throw refusal(answer.sentence);
      return describeGrant(answer.grant);
    },

    forecast: async ({ source, jobs, usual, limit }: ForecastArguments, access: Access) => {
      refuseCitizens(access);
      const { database, terms } = known(source);
      const backlog = {
        source,
        jobs: jobs.map(({ records, ...job }) => ({ ...job, units: records })),
        usual: sumUsual(usual ?? []),
        limit: limit ?? undefined,
      };
      const answer = await reading(forecastBacklog(database, backlog, terms), unread);
      if (answer.kind === "refused") throw refusal(answer.sentence);
      return answer.forecasts.map(({ units, endsAt, endsAtWithLimit = null, ...job }) => ({
        ...job,
        records: units,
        endsAt: toInstant(endsAt),
        endsAtWithLimit: toInstant(endsAtWithLimit),
      }));
    },
  };
}

/** Whether somebody sees what every agency has spent; where nobody is known by name, whoever asks. */
function seesAll({ role }: Access): boolean {
  return role === undefined || role === "operator" || role === "auditor";
}

function refuseCitizens({ role }: Access): void {
  if (role === "citizen")
    throw forbidden("What is spent of an owner's day is told to agencies, and to citizens not.");
}

function forbidden(sentence: string): GraphQLError {
  return gatewayError("FORBIDDEN", sentence, { missing: "role" });
}

const unread =
  "The account of the owners' units cannot be read now; questions that find units at hand are still answered.";

const unwritten =
  "The account of the owners' units did not answer in time, so it is not known whether the grant is recorded; ask `grants` before granting again.";

/** What the ledger answers; `sentence` where it does not. */
async function reading<T>(answer: Promise<T>, sentence: string): Promise<T> {
  try {
    return await answer;
  } catch {
    throw gatewayError("SOURCE_UNAVAILABLE", sentence, { reason: "LEDGER_UNAVAILABLE" });
  }
}

function refusal(sentence: string, argument?: string): GraphQLError {
  return gatewayError("BAD_USER_INPUT", sentence, argument === undefined ? {} : { argument });
}

function describeGrant({ id, ...grant }: RecordedGrant) {
  return { ...grant, id: String(id) };
}

function sumUsual(usual: NonNullable<ForecastArguments["usual"]>): Record<Lane, number> {
  const sums = { counter: 0, case: 0, bulk: 0 };
  for (const { lane, records } of usual) sums[lane] += records;
  return sums;
}

function toInstant(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
