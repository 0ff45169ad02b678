import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { fastifyApolloHandler } from "@as-integrations/fastify";
import Fastify, { LogController } from "fastify";
import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import type { Kysely } from "kysely";
import { scalars } from "../../schema/scalars.ts";
import type { Sector as SectorAgreement } from "../../schema/sectors.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import { admitCalls } from "./admission.ts";
import { createErrorFormatter, describeFailure } from "./errors.ts";
import { hangUpSignal } from "./hang-up.ts";
import { registerHealth } from "./health.ts";
import { refuseUnlawful } from "./own-policy.ts";
import type { CheckFields } from "./own-policy.ts";
import { registerRequestLog } from "./request-log.ts";
import type { RequestContext, Sector } from "./sector.ts";
import { requireServiceToken } from "./service-door.ts";
import type { ServiceTokens } from "./service-token.ts";
import type { UnitDirectory } from "./units/directory.ts";
import { unitResolvers } from "./units/resolvers.ts";

/**
 * Bytes of body that one representation may take: a citizen's key is 100, and what `@requires` adds
 * (a whole residence history) stays under 4,000.
 */
const bytesPerRepresentation = 4_096;

/** Bytes for the query itself, whatever the batch. */
const bytesForQuery = 262_144;

export interface ServerSurroundings<Tables> {
  readonly database: Kysely<Tables>;
  readonly units: () => UnitDirectory;
  /** The civil day in Vietnam. */
  readonly today: () => CivilDate;
  readonly log: FastifyBaseLogger;
  /** Undefined where whoever reaches the register may ask it. */
  readonly gateway: Gateway | undefined;
}

/** The one caller of a register, and what it may ask. */
export interface Gateway {
  readonly tokens: ServiceTokens;
  /** Without it, every field is open for every purpose. */
  readonly checkFields: CheckFields | undefined;
}

/**
 * Builds a sector's server: `POST /graphql`, which is the gateway's alone where one is named, and the
 * doors that are not: `GET /health`, `GET /ready`, and those of its meter. It does not listen yet.
 */
export async function buildServer<Tables, Loaders>(
  sector: Sector<Tables, Loaders>,
  { typeDefs, terms }: SectorAgreement,
  { database, units, today, log, gateway }: ServerSurroundings<Tables>,
): Promise<FastifyInstance> {
  const schema = buildSubgraphSchema([
    {
      typeDefs,
      resolvers: {
        ...scalars,
        ...unitResolvers,
        ...sector.resolvers,
      },
    },
  ]);
  const meter = sector.makeMeter?.({ database, terms, log });
  const apollo = new ApolloServer<RequestContext<Loaders>>({
    schema,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    formatError: createErrorFormatter((reason) => log.error(describeFailure(reason), "no answer")),
    stopOnTerminationSignals: false,
    logger: log,
    // A register tells nobody outside what it is asked, whatever the environment says.
    plugins: [
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      admitCalls(schema, {
        largestBatch: terms.largestBatch,
        refuseUnlawful: gateway && ((call) => refuseUnlawful(call, gateway.checkFields)),
        meter,
      }),
    ],
  });
  await apollo.start();

  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bytesForQuery + terms.largestBatch * bytesPerRepresentation,
  });
  app.removeContentTypeParser("text/plain");
  registerRequestLog(app);
  registerHealth(app, database);
  meter?.registerDoors(app);
  app.register(async (scope) => {
    if (gateway) requireServiceToken(scope, gateway.tokens);
    scope.post(
      "/graphql",
      fastifyApolloHandler(apollo, {
        context: async (_request, reply) => ({
          loaders: sector.makeLoaders(database, hangUpSignal(reply.raw)),
          units: units(),
          today: today(),
        }),
      }),
    );
  });
  closeConnectionsOnStop(app);
  app.addHook("onClose", () => apollo.stop());
  return app;
}

/** An answer given while stopping ends its connection, which a gateway would else keep for long. */
function closeConnectionsOnStop(app: FastifyInstance): void {
  let stopping = false;
  app.addHook("preClose", async () => {
    stopping = true;
  });
  app.addHook("onSend", async (_request, reply) => {
    if (stopping) reply.header("connection", "close");
  });
}
