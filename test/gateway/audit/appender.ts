import { parseArgs } from "node:util";
import { openLog } from "../../../gateway/audit/log.ts";
import { openConnections } from "../../../gateway/database/pool.ts";
import { accessTo } from "./access.ts";

/** A process that appends as a gateway does, until it is killed; says each index and request once it was told. */
const { values } = parseArgs({ options: { url: { type: "string" }, name: { type: "string" } } });
const connections = openConnections(values.url!, { timeoutMs: 20_000 });
const log = openLog({ connections, monotonic: () => performance.now() });
for (let line = 0; line < 8; line++) void appendForever(line);

async function appendForever(line: number): Promise<void> {
  for (let round = 0; ; round++) {
    const requestId = `${values.name}-${line}-${round}`;
    const indexes = await log.append([
      accessTo(line, { requestId }),
      accessTo(round, { requestId }),
    ]);
    process.stdout.write(`${indexes.join(" ")} ${requestId}\n`);
  }
}
