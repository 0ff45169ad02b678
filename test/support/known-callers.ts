import { readFileSync } from "node:fs";
import { parse } from "graphql";
import { readPolicyDirectives } from "../../gateway/federation/policy-directives.ts";
import type { PreparedOperation } from "../../gateway/federation/prepare.ts";
import { readSupergraph } from "../../gateway/federation/supergraph.ts";
import type { ReadCaller } from "../../gateway/http/caller.ts";
import type { GrantRights } from "../../gateway/http/graphql.ts";
import { makeFieldRules } from "../../gateway/policy/field-rules.ts";
import { readRights } from "../../gateway/policy/rights.ts";
import type { OperationRights } from "../../gateway/policy/rights.ts";
import { supergraphFile } from "../../schema/compose.ts";
import { readPurposes } from "../../schema/purpose.ts";
import { isRole } from "../../schema/roles.ts";
import { parseCivilDate } from "../../schema/values/date.ts";
import type { Pin } from "../../schema/values/pin.ts";

/** An officer at a counter, unless a request's headers say otherwise. */
export const readKnownCaller: ReadCaller = (headers) => {
  const said = (name: string) => headers[name] as string | undefined;
  const role = said("x-role") ?? "counter-officer";
  return {
    subject: said("x-subject") ?? "officer-lan",
    role: isRole(role) ? role : undefined,
    pin: said("x-pin") as Pin | undefined,
    agency: said("x-agency") ?? "ubnd-00004",
    purpose: said("x-purpose") ?? "marital-status-certificate",
    caseNumber: said("x-case"),
    keptFor: role === "citizen" ? "subject" : "agency",
    lane: "counter",
  };
};

/** Grants by the published policies; a test asks nothing that they refuse. */
export function makeGrant(): GrantRights {
  const { policies, requirements, sdl } = readPolicyDirectives(
    readFileSync(supergraphFile, "utf8"),
  );
  const { apiSchema: schema, lookups } = readSupergraph(sdl, "supergraph");
  const rules = makeFieldRules({ schema, policies, requirements, lookups });
  const purposes = readPurposes();
  const read = new WeakMap<PreparedOperation, OperationRights>();
  return (operation, variables, { purpose, pin }) => {
    const own =
      read.get(operation) ?? readRights(parse(operation.text), operation.name, rules, purposes);
    read.set(operation, own);
    const rights = own.check({
      purpose: purposes.get(purpose),
      pin,
      variables,
      day: parseCivilDate("2026-11-25"),
      grants: { authenticated: true, scopes: new Set(), policies: new Set() },
    });
    if ("refusals" in rights) throw new Error(rights.refusals[0]?.message);
    return rights;
  };
}
