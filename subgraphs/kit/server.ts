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
import { registerRequestLog } from "./request-log.ts";
import type { RequestContext, Sector } from "./sector.ts";
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
}

/** Builds a sector's server: `POST /graphql`, `GET /health`, `GET /ready`, and
 * its meter's doors. It does not listen yet. */
export async function buildServer<Tables, Loaders>(
  sector: Sector<Tables, Loaders>,
  { typeDefs, terms }: SectorAgreement,
  { database, units, today, log }: ServerSurroundings<Tables>,
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
      admitCalls(schema, terms.largestBatch, meter),
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
  app.post(
    "/graphql",
    fastifyApolloHandler(apollo, {
      context: async (_request, reply) => ({
        loaders: sector.makeLoaders(database, hangUpSignal(reply.raw)),
        units: units(),
        today: today(),
      }),
    }),
  );
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
