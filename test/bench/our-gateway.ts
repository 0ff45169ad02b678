import { readFileSync } from "node:fs";
import { parse } from "graphql";
import { makeStartFolders } from "../../gateway/cli/start-folders.ts";
import { readSupergraph } from "../../gateway/federation/supergraph.ts";
import { listAskedFields } from "../../gateway/policy/asked-fields.ts";
import { makeFieldRules } from "../../gateway/policy/field-rules.ts";
import { dossierQuery } from "./load.ts";
import { takeSurroundings } from "../../gateway/cli/surroundings.ts";
import { listenToSignals, waitUntilTold } from "../../gateway/cli/told-to-stop.ts";
import { readConfig } from "../../gateway/config.ts";
import { readSentText } from "../../gateway/http/graphql-body.ts";
import { everybody } from "../../gateway/http/open-gate.ts";
import { startGateway } from "../../gateway/server.ts";

/**
 * Our gateway as `lien-thong gateway --open --terms FILE` composes it, but that it takes a request's
 * agency from the header `x-agency`, unproven: only the benchmark can reach it. Arguments: the
 * supergraph's file, the file of the terms, and `log` where each request is to be recorded. The port is free and told to the parent.
 */
const nothing = { people: [], fields: [], predicates: [] };
const [, , supergraph, terms, log] = process.argv;
const recordUnnamed = log === "log";
const folders = await makeStartFolders("memory", {}, Date.now());
const config = readConfig(
  { ...process.env, ...folders.variables },
  { open: true, supergraph, terms, port: "0" },
);
const { fields } = listAskedFields(
  parse(dossierQuery),
  undefined,
  makeFieldRules({
    schema: readSupergraph(readFileSync(config.supergraphFile, "utf8"), "supergraph").apiSchema,
    policies: undefined,
    requirements: new Map(),
    lookups: new Map(),
  }),
);
/** What a Dossier's entry tells of its fields. */
const coordinates = Object.freeze([...new Set(fields.map(({ coordinate }) => coordinate))]);
const gateway = await startGateway(config, {
  ...takeSurroundings(config.logLevel, 2),
  identifyUnnamed({ "x-agency": agency = "open" }) {
    const caller = { ...everybody, agency: String(agency), lane: "counter" } as const;
    return {
      subject: everybody.subject,
      readText: readSentText,
      allow: (_operation, { pin }) => ({
        caller,
        granted: recordUnnamed
          ? { ...nothing, people: [String(pin)], fields: coordinates }
          : nothing,
      }),
    };
  },
  recordUnnamed,
});
process.send?.({ ready: gateway.url });
await waitUntilTold(listenToSignals());
await gateway.stop();
await folders.remove();
