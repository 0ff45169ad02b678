import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Kysely } from "kysely";
import { parseCivilDate } from "../../schema/values/date.ts";
import type { DB } from "./database/types.ts";
import { isKeyText, keyForm, readIdempotencyKey } from "./idempotency-key.ts";
import type { IdempotencyKey } from "./idempotency-key.ts";
import { closeLease, readDay, settleKeys } from "./meter-book.ts";

/** Keys in one question: far more than a process has in doubt, and still one short statement. */
const mostKeys = 10_000;

/**
 * The doors by which doubt is ended: `POST /meter/settle`, `POST /meter/close`, and `GET /meter?day=`.
 * They change what is charged, and tell who asks how much, so they open to whoever knows the token; or,
 * where none is set, to this machine alone.
 */
export function registerMeterDoors(
  app: FastifyInstance,
  database: Kysely<DB>,
  token: string | undefined,
): void {
  app.register(async (doors) => {
    doors.addHook("onRequest", async (request, reply) => {
      if (token === undefined ? isLoopback(request.ip) : knowsToken(request, token)) return;
      if (token === undefined) return refuse(reply, 403, "FORBIDDEN", tokenNeeded);
      reply.header("www-authenticate", "Bearer");
      return refuse(reply, 401, "UNAUTHENTICATED", tokenWrong);
    });
    doors.post("/meter/settle", async ({ body }, reply) => {
      const keys = readKeys(body);
      if (typeof keys === "string") return refuse(reply, 400, "BAD_USER_INPUT", keys);
      return { keys: Object.fromEntries(await settleKeys(database, keys)) };
    });
    doors.post("/meter/close", async ({ body }, reply) => {
      const { lease } = Object(body) as { lease?: unknown };
      if (!isKeyText(lease))
        return refuse(reply, 400, "BAD_USER_INPUT", `"lease" must be a lease's id, ${keyForm}.`);
      return { keys: Object.fromEntries(await closeLease(database, lease)) };
    });
    doors.get("/meter", async ({ query }, reply) => {
      const day = readDayOf(query);
      if ("wrong" in day) return refuse(reply, 400, "BAD_USER_INPUT", day.wrong);
      const { records, consumers } = await readDay(database, day.day);
      return { day: day.day, records, consumers: Object.fromEntries(consumers) };
    });
  });
}

const tokenNeeded =
  "The meter's doors are open to this machine alone. Set METER_TOKEN here and at the gateway to open them.";

const tokenWrong =
  "The meter's doors want the header `authorization: Bearer …` with the value of METER_TOKEN.";

function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ errors: [{ message, extensions: { code } }] });
}

/** The keys of a body, or a sentence that says what is wrong with it. */
function readKeys(body: unknown): IdempotencyKey[] | string {
  const { keys } = Object(body) as { keys?: unknown };
  if (!Array.isArray(keys)) return '"keys" must be a list of idempotency keys.';
  const distinct = [...new Set<unknown>(keys)];
  if (distinct.length > mostKeys)
    return `"keys" takes at most ${mostKeys} keys; ${distinct.length} came. Split the list.`;
  const read = distinct.map(readIdempotencyKey);
  const wrong = read.indexOf(null);
  if (wrong >= 0) return `"keys" must hold keys, each ${keyForm}; number ${wrong + 1} is none.`;
  return read as IdempotencyKey[];
}

function readDayOf(query: unknown): { day: string } | { wrong: string } {
  const { day } = Object(query) as { day?: unknown };
  if (typeof day !== "string")
    return { wrong: "Say which of the owner's days, as in /meter?day=2026-07-01." };
  try {
    return { day: parseCivilDate(day) };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

/** Compares digests, so that neither the time taken nor a length tells anything of the token. */
function knowsToken({ headers }: FastifyRequest, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(headers.authorization ?? ""), digest(`Bearer ${token}`));
}

function isLoopback(address: string): boolean {
  return /^(::1|(::ffff:)?127(\.[0-9]{1,3}){3})$/.test(address);
}
