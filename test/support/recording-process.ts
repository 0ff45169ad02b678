import { takeSurroundings } from "../../gateway/cli/surroundings.ts";
import { listenToSignals, waitUntilTold } from "../../gateway/cli/told-to-stop.ts";
import { readConfig } from "../../gateway/config.ts";
import { startGateway } from "../../gateway/server.ts";
import { makeGrant, readKnownCaller } from "./known-callers.ts";

/** A gateway that records, as a process of its own; it tells its parent where it listens. */
const config = readConfig(process.env, { port: "0" });
const gateway = await startGateway(config, {
  ...takeSurroundings(config.logLevel, 2),
  readCaller: readKnownCaller,
  grant: makeGrant(),
});
process.send?.({ ready: gateway.url });
await waitUntilTold(listenToSignals());
await gateway.stop();
