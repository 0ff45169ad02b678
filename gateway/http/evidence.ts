import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { FindEvidence, FoundEvidence } from "../evidence/open-evidence.ts";
import type { SigningKeys } from "../identity/signing-keys.ts";
import { askerAddress } from "./asker-address.ts";
import { bundledPage, readBundle, sendBundled } from "./bundle.ts";
import type { Bundle } from "./bundle.ts";
import { openRateLimit } from "./rate-limit.ts";

/** Where the scripts and styles of the page lie, apart from the ids. */
const assets = "/evidence-page/";

/**
 * The page runs its own script and style and speaks to nobody, this gateway included: what a reader puts
 * into it stays with him, and the browser sees to that.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

export interface EvidenceDoor {
  readonly find: FindEvidence;
  readonly publicKeys: SigningKeys["publicKeys"];
  /** Checks that one address may ask for in a minute, a third of them at once: whoever asks has no name. */
  readonly checksPerMinute: number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
  /** Folder of the page's bundle; need not be there. */
  readonly page: URL;
  /** Told why a record could not be looked for. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * `GET /evidence/{id}`: whether a record is genuine, and what anyone may know of it; a page that compares a
 * document with it where a browser asks. An id that is unknown, malformed or revoked gets one and the same
 * answer, after the same steps: nobody learns from it that there was something.
 */
export function registerEvidence(app: FastifyInstance, door: EvidenceDoor): void {
  const { checksPerMinute: perMinute, monotonic } = door;
  const rateLimit = openRateLimit({ perMinute, atOnce: Math.ceil(perMinute / 3), monotonic });
  const files = readBundle(door.page);
  const write = makePage(files);
  // Whatever stands behind the slash is an id, so that none of it is answered by somebody else.
  app.get<{ Params: { "*": string } }>("/evidence/*", async (request, reply) => {
    reply.header("vary", "accept");
    const wait = rateLimit.take(askerAddress(request.ip));
    if (wait > 0) {
      reply.header("retry-after", Math.ceil(wait / 1000));
      return say(request, reply, 429, tooOften);
    }
    let found: FoundEvidence | undefined;
    try {
      found = await door.find(request.params["*"]);
    } catch (error) {
      door.onFailure(error);
      return say(request, reply, 503, notNow);
    }
    const status = found === undefined ? 404 : 200;
    if (!wantsPage(request))
      return sendJson(reply, status, found ? { genuine: true, ...found } : notGenuine);
    if (write === undefined) return say(request, reply, 404, notBuilt);
    return reply
      .code(status)
      .header("content-security-policy", contentSecurityPolicy)
      .type("text/html; charset=utf-8")
      .send(write(found && { ...found, keys: door.publicKeys().keys }));
  });
  app.get<{ Params: { name: string } }>(`${assets}:name`, (request, reply) => {
    const { name } = request.params;
    const content = name === bundledPage ? undefined : files.get(name);
    return content === undefined ? reply.callNotFound() : sendBundled(reply, name, content);
  });
}

const notGenuine = {
  genuine: false,
  message:
    "There is no genuine record of this id. Compare it with the document; if it is the same, do not rely on the document, and ask the agency that is named on it.",
} as const;

const tooOften = "Too many checks came from your address. Wait, and ask again.";

const notNow =
  "Nothing can be checked at the moment, which says nothing about the document. Ask again later.";

const notBuilt =
  "The page has not been built. Run `npm run prepare`, then start the gateway again; programs are answered all the same.";

/** Browsers name HTML, and JSON only within "anything". */
function wantsPage({ headers: { accept = "" } }: FastifyRequest): boolean {
  return accept.includes("text/html") && !accept.includes("application/json");
}

/** Says a sentence that tells nothing of any record. */
function say(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  message: string,
): FastifyReply {
  return wantsPage(request)
    ? reply.code(status).type("text/plain; charset=utf-8").send(`${message}\n`)
    : sendJson(reply, status, { message });
}

function sendJson(reply: FastifyReply, status: number, value: object): FastifyReply {
  return reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(value));
}

/** The place in the page where its record goes. */
const placeOfRecord = 'data-record=""';

/**
 * Makes the page's writer: the page as it was built, with what it needs in it, so that it asks for nothing
 * more. Without a record it is the same for every id.
 *
 * @returns undefined where the page was not built
 */
function makePage(files: Bundle): ((record: object | undefined) => string) | undefined {
  const parts = files.get(bundledPage)?.toString("utf8").split(placeOfRecord);
  if (parts === undefined) return undefined;
  const [before, after, ...others] = parts;
  if (before === undefined || after === undefined || others.length > 0)
    throw new Error(`The page of evidence must have one ${placeOfRecord}; build it anew.`);
  return (record) =>
    record === undefined
      ? before + placeOfRecord + after
      : `${before}data-record="${escapeAttribute(JSON.stringify(record))}"${after}`;
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
