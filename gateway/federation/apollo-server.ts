import { ApolloServer } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { FormattedExecutionResult, GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { describeFailure, errorCatalogue, internalError } from "../errors.ts";
import type { RequestContext } from "../source/data-source.ts";
import type { Federation } from "./federation.ts";
import type { PreparedOperation } from "./prepare.ts";

export interface Executor {
  /** Plans a prepared operation, keeps the plan, and runs it. Never throws for what a client sent. */
  execute(
    operation: PreparedOperation,
    variables: Readonly<Record<string, unknown>>,
    context: RequestContext,
  ): Promise<FormattedExecutionResult>;
  stop(): Promise<void>;
}

/** Apollo Server around the gateway, without what it would tell or be told by others. */
export async function createExecutor(
  gateway: Federation["gateway"],
  log: Logger,
): Promise<Executor> {
  const server = new ApolloServer<RequestContext>({
    gateway,
    logger: quiet(log),
    // Prepared operations have been validated; their texts change by it (see `PreparedOperation.text`).
    dangerouslyDisableValidation: true,
    persistedQueries: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: (formatted, error) => keepToCatalogue(formatted, error, log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  return {
    async execute({ text, name }, variables, contextValue) {
      const { body } = await server.executeOperation(
        { query: text, variables: { ...variables }, ...(name && { operationName: name }) },
        { contextValue },
      );
      if (body.kind !== "single") throw new Error("An answer in parts was never asked for.");
      return body.singleResult;
    },
    stop: () => server.stop(),
  };
}

/** An error whose code is not in the catalogue says nothing to a client and may say too much. */
function keepToCatalogue(
  formatted: GraphQLFormattedError,
  error: unknown,
  log: Logger,
): GraphQLFormattedError {
  const code = String(formatted.extensions?.["code"]);
  if (Object.hasOwn(errorCatalogue, code)) return formatted;
  log.error(describeFailure(error), "the gateway failed on an operation");
  const { message, extensions } = internalError();
  return { message, extensions, ...(formatted.path && { path: formatted.path }) };
}

/** Apollo's own lines at its start say nothing that ours don't. */
function quiet(log: Logger): Pick<Logger, "debug" | "info" | "warn" | "error"> {
  const ignore = () => undefined;
  return { debug: ignore, info: ignore, warn: log.warn.bind(log), error: log.error.bind(log) };
}
