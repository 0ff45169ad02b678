import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createGatewayRuntime } from "@graphql-hive/gateway-runtime";
import { unifiedGraphHandler } from "@graphql-hive/router-runtime";

/**
 * Hive Gateway as its documentation embeds it in Node.js. Arguments: the supergraph's file; `rust` for
 * its query planner in Rust, with the executor made for that. JavaScript, because these packages are not
 * there when the project's types are checked. The port is free and told to the parent.
 */
const [file, planner] = process.argv.slice(2);
const gateway = createGatewayRuntime({
  supergraph: readFileSync(file, "utf8"),
  ...(planner === "rust" && { unifiedGraphHandler }),
  logging: "warn",
});
const server = createServer((request, response) => void gateway(request, response));
server.listen(0, "127.0.0.1", () => {
  process.send?.({ ready: `http://127.0.0.1:${server.address().port}` });
});
process.on("disconnect", () => process.exit());
process.on("SIGTERM", () => process.exit());
