import { randomUUID } from "node:crypto";
import { pino } from "pino";
import type { Surroundings } from "../server.ts";

/**
 * What a gateway takes from the process that it runs in.
 *
 * @param stream 1 logs to stdout, 2 to stderr
 */
export function takeSurroundings(logLevel: string, stream: 1 | 2): Surroundings {
  return {
    // What is logged is built for it, so nothing in it goes round in circles.
    log: pino({ level: logLevel, name: "gateway", safe: false }, pino.destination(stream)),
    newRequestId: randomUUID,
    // Unlike Date.now, it has fractions and never goes back.
    now: () => performance.timeOrigin + performance.now(),
  };
}
