import type { FastifyInstance } from "fastify";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { describeFailure } from "./errors.ts";

/**
 * `GET /health`: the process lives. `GET /ready`: its database answers too, and whether the people in
 * it are invented; 503 where it does not.
 */
export function registerHealth<Tables>(app: FastifyInstance, database: Kysely<Tables>): void {
  app.get("/health", () => ({ alive: true }));
  app.get("/ready", async (_request, reply) => {
    try {
      return { ready: true, synthetic: await isSynthetic(database) };
    } catch (error) {
      app.log.error(describeFailure(error), "not ready");
      return reply.code(503).send({ ready: false, reason: "The database does not answer." });
    }
  });
}

async function isSynthetic<Tables>(database: Kysely<Tables>): Promise<boolean> {
  const { rows } = await sql<{ marked: boolean }>`
    select exists (select from synthetic_mark) as marked
  `.execute(database);
  return rows[0]?.marked ?? false;
}
