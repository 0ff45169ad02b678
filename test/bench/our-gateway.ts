import { takeSurroundings } from "../../gateway/cli/surroundings.ts";
import { listenToSignals, waitUntilTold } from "../../gateway/cli/told-to-stop.ts";
import { readConfig } from "../../gateway/config.ts";
import { readSentText } from "../../gateway/http/graphql-body.ts";
import { everybody } from "../../gateway/http/open-gate.ts";
import { startGateway } from "../../gateway/server.ts";

/**
 * Our gateway as `lien-thong gateway --open --terms FILE` composes it, but that it takes a request's
 * agency from the header `x-agency`, unproven: only the benchmark can reach it. With OIDC_ISSUER it is the one
 * that knows who asks, but that the terms are not the published ones. Arguments: the
 * supergraph's file, the file of the terms. The port is free and told to the parent.
 */
const nothing = { people: [], fields: [], thirdPartyFields: [], predicates: [] };
const [, , supergraph, terms] = process.argv;
const open = !process.env["OIDC_ISSUER"];
const config = readConfig(process.env, { open, supergraph, terms, port: "0" });
const gateway = await startGateway(config, {
  ...takeSurroundings(config.logLevel, 2),
  identifyUnnamed({ "x-agency": agency = "open" }) {
    const caller = { ...everybody, agency: String(agency), lane: "counter" } as const;
    return {
      subject: everybody.subject,
      readText: readSentText,
      allow: () => ({ caller, granted: nothing }),
    };
  },
});
process.send?.({ ready: gateway.url });
await waitUntilTold(listenToSignals());
await gateway.stop();
