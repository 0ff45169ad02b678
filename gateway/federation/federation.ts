import type { ApolloServerOptionsWithGateway } from "@apollo/server";
import { buildOperationContext, executeQueryPlan } from "@apollo/gateway";
import type { GraphQLDataSource } from "@apollo/gateway";
import { GraphQLError, getVariableValues } from "graphql";
import type { GraphQLFormattedError } from "graphql";
import { describeFailure, errorCatalogue, internalError } from "../errors.ts";
import type { RequestContext, SourceLog } from "../source/data-source.ts";
import type { shapeObject } from "../source/shape.ts";
import type { Sources } from "../source/sources.ts";
import { completeAnswer, gatherTree } from "./complete.ts";
import { createGatewaySubgraph } from "./gateway-subgraph.ts";
import type { GatewayFields } from "./gateway-subgraph.ts";
import { keepPlans } from "./plans.ts";
import { placeIncomplete } from "./incomplete.ts";
import { placeErrors, placeMisfits, sumReports } from "./response.ts";
import type { LossError } from "./response.ts";
import type { Supergraph } from "./supergraph.ts";

type Gateway = ApolloServerOptionsWithGateway<RequestContext>["gateway"];
type Executor = NonNullable<Awaited<ReturnType<Gateway["load"]>>["executor"]>;
type RequestContextOfApollo = Parameters<Executor>[0];
type Result = Awaited<ReturnType<Executor>>;

/** What a supergraph's sources answer together. */
export interface Federation {
  /** For Apollo Server, whose `contextValue` must be a `RequestContext`. */
  readonly gateway: Gateway;
  /** Plans operations ahead, so that the first request of each finds its plan. Invalid ones throw. */
  warm(operations: readonly string[]): void;
}

export interface FederationOptions {
  readonly supergraph: Supergraph;
  readonly sources: Pick<Sources, "dataSources" | "lossesOf">;
  /** Makes the shape of an answer; handed in because a room asks no other one. */
  readonly shapeObject: typeof shapeObject;
  /** What the gateway answers itself, where the supergraph asks it anything. */
  readonly fields?: GatewayFields;
  readonly log: SourceLog;
}

/**
 * Plans with `@apollo/query-planner`, executes with `@apollo/gateway`'s executor over our own data
 * sources, and puts the answer right: an error for each lost field, `extensions.sources`.
 *
 * The executor is called directly and not through `ApolloGateway`, whose constructor looks for cloud
 * metadata and reports to its vendor each hour unless the environment says no.
 */
export function createFederation(options: FederationOptions): Federation {
  const { supergraph, sources, log, fields = {} } = options;
  const { own } = supergraph;
  const dataSources = {
    ...sources.dataSources,
    ...(own && {
      [own.name]: keepRoots(createGatewaySubgraph(own.schema, fields), sources.lossesOf),
    }),
  };
  const apiSchema = supergraph.composed.apiSchema();
  const supergraphSchema = supergraph.composed.schema.toGraphQLJSSchema();
  const plans = keepPlans(supergraph, apiSchema, options.shapeObject);

  const execute = async (request: RequestContextOfApollo): Promise<Result> => {
    const { document, operationName } = request;
    const operationContext = buildOperationContext({
      schema: supergraph.apiSchema,
      operationDocument: document,
      ...(operationName !== null && { operationName }),
    });
    const variables = readVariables(supergraph, request);
    if ("errors" in variables) return { errors: variables.errors };
    const { plan, operation, answer } = plans.find(
      request.queryHash,
      document,
      operationName ?? undefined,
    );
    const executed = await executeQueryPlan(
      plan,
      dataSources,
      request,
      answer ? { ...operationContext, operation, fragments: {} } : operationContext,
      supergraphSchema,
      apiSchema,
    );
    const { errors } = executed;
    const record = sources.lossesOf(request);
    const { data, misfits } = answer
      ? completeAnswer(answer, gatherTree(record.roots), variables.coerced)
      : readAnswer(executed);
    const lost = placeErrors(data, record);
    const told = toGraphQLErrors([...lost, ...placeMisfits(data, misfits, lost)]);
    for (const error of errors ?? []) {
      if (isToldByOwnPart(error, own?.name)) told.push(withoutService(error));
      else {
        // Our data sources give no errors, so any other error of the executor is a fault of the gateway.
        log.error(describeFailure(error), "the executor failed");
        told.push(internalError());
      }
    }
    const { reports } = request.context as RequestContext;
    const incomplete = placeIncomplete(data, record, lost);
    return {
      data,
      ...(told.length > 0 && { errors: told }),
      extensions: {
        sources: sumReports(reports),
        ...(incomplete.length > 0 && { incomplete }),
      },
    };
  };
  return {
    gateway: asGateway(supergraph, execute),
    warm: (operations) => operations.forEach(plans.warm),
  };
}

function asGateway({ apiSchema, sdl }: Supergraph, executor: Executor): Gateway {
  const listeners = new Set<Parameters<Gateway["onSchemaLoadOrUpdate"]>[0]>();
  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    load() {
      for (const listener of listeners) listener({ apiSchema, coreSupergraphSdl: sdl });
      return Promise.resolve({ executor });
    },
    stop: () => Promise.resolve(),
  };
}

/** The answer as the executor itself shapes it. */
function readAnswer({ data = null, extensions }: Awaited<ReturnType<typeof executeQueryPlan>>) {
  const misfits = (extensions?.["valueCompletion"] ?? []) as readonly GraphQLFormattedError[];
  return { data, misfits };
}

/** The gateway's own part asks nobody, and loses nothing; its answers belong to the tree all the same. */
function keepRoots(own: GraphQLDataSource, lossesOf: Sources["lossesOf"]): GraphQLDataSource {
  return {
    async process(options) {
      const response = await own.process(options);
      if ("incomingRequestContext" in options && response.data)
        lossesOf(options.incomingRequestContext).roots.push(response.data);
      return response;
    },
  };
}

function readVariables(
  { apiSchema }: Supergraph,
  request: RequestContextOfApollo,
):
  | { readonly coerced: Readonly<Record<string, unknown>> }
  | { readonly errors: readonly GraphQLError[] } {
  const { variableDefinitions } = request.operation;
  if (!variableDefinitions?.length) return { coerced: {} };
  const given = request.request.variables ?? {};
  const { errors, coerced } = getVariableValues(apiSchema, variableDefinitions, given);
  if (coerced) return { coerced };
  return {
    errors: (errors ?? []).map(
      ({ message, nodes }) =>
        new GraphQLError(message, {
          nodes: nodes ?? null,
          extensions: { code: "BAD_USER_INPUT", http: { status: 400 } },
        }),
    ),
  };
}

/** Whether an error is one of the catalogue that the gateway's own part of the supergraph has thrown. */
function isToldByOwnPart({ extensions }: GraphQLError, own: string | undefined): boolean {
  const { serviceName, code } = extensions;
  return serviceName === own && typeof code === "string" && Object.hasOwn(errorCatalogue, code);
}

function withoutService({ message, path, extensions }: GraphQLError): GraphQLError {
  const { serviceName: _, ...told } = extensions;
  return new GraphQLError(message, { path: path ?? null, extensions: told });
}

/** Without stacks: nobody reads those of a lost field, and to note them took a fifth of the time of a large loss. */
function toGraphQLErrors(losses: readonly LossError[]): GraphQLError[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return losses.map(
      ({ message, path, extensions }) =>
        new GraphQLError(message, { path: path ?? null, extensions: extensions ?? null }),
    );
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
