import { parse, print } from "graphql";
import { readPolicyDirectives } from "../../../gateway/federation/policy-directives.ts";
import { readSupergraph } from "../../../gateway/federation/supergraph.ts";
import { makeFieldRules } from "../../../gateway/policy/field-rules.ts";
import type { FieldRules } from "../../../gateway/policy/field-rules.ts";
import type { Grants } from "../../../gateway/policy/grants.ts";
import { readRights } from "../../../gateway/policy/rights.ts";
import type { Rights } from "../../../gateway/policy/rights.ts";
import { composeSupergraph } from "../../../schema/compose.ts";
import { readPurposes } from "../../../schema/purpose.ts";
import { readSectors } from "../../../schema/sectors.ts";
import { parseCivilDate } from "../../../schema/values/date.ts";
import { preparationOf, published, refusalsOf } from "../../support/supergraphs.ts";

export const purposes = readPurposes();

export const today = parseCivilDate("2026-11-25");

/** Personal numbers of nobody in particular. */
export const lan = "001302000123";
export const nam = "001099012345";

/** The rules of a supergraph, as the gateway makes them. */
export function rulesOf(sdl: string): FieldRules {
  const { policies, requirements, sdl: loadable } = readPolicyDirectives(sdl, "x.graphql");
  const { apiSchema, lookups } = readSupergraph(loadable, "x.graphql");
  return makeFieldRules({ schema: apiSchema, policies, requirements, lookups });
}

export const rules = rulesOf(published.sdl);

export interface Asking {
  readonly purpose?: string;
  /** As they come in the request. */
  readonly variables?: Record<string, unknown>;
  readonly pin?: string;
  readonly operationName?: string;
  readonly grants?: Partial<Grants>;
}

const prepare = preparationOf(published);

/**
 * Has a query pass as the gateway has it pass: prepared, so that literals are variables and personal
 * numbers in their normal form, and then checked.
 */
export function ask(query: string, asking: Asking = {}): Rights {
  const prepared = prepare(query, asking.operationName);
  if (!("operation" in prepared)) throw new Error(JSON.stringify(refusalsOf(prepared)));
  const { operation } = prepared;
  const read = operation.readVariables(asking.variables ?? {});
  if ("errors" in read) throw new Error(read.errors.join("; "));
  return askPrepared(operation.text, { ...asking, variables: read.variables });
}

/** Checks a query as it stands, with its literals where they are. */
export function askPrepared(query: string, asking: Asking, by: FieldRules = rules): Rights {
  const { purpose, variables = {}, pin, operationName, grants } = asking;
  return readRights(parse(query), operationName, by, purposes).check({
    purpose: purpose === undefined ? undefined : purposes.get(purpose)!,
    pin,
    variables,
    day: today,
    grants: { authenticated: true, scopes: new Set(), policies: new Set(), ...grants },
  });
}

/** Response paths of the fields refused; none where the request is granted. */
export function refusedPaths(rights: Rights): string[] {
  return "refusals" in rights ? rights.refusals.map(({ path }) => path?.join(".") ?? "") : [];
}

/** Composes the published sectors, one of which says something otherwise. */
export function composeWith(sector: string, change: (sdl: string) => string): string {
  return composeSupergraph(
    readSectors().map((each) =>
      each.name === sector ? { ...each, typeDefs: parse(change(print(each.typeDefs))) } : each,
    ),
  );
}
