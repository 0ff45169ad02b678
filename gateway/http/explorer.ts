import { readFileSync, readdirSync } from "node:fs";
import { extname } from "node:path";
import type { FastifyInstance, FastifyReply } from "fastify";

/**
 * The page runs its own scripts and styles and speaks to this gateway alone. The editor styles its
 * lines inline, hence 'unsafe-inline' for styles; scripts have no such leave.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/**
 * `GET /explorer`: GraphiQL, from the bundle that `npm ci` builds; nothing of it comes from elsewhere.
 * Only files that the bundle holds at the start are served, so no path leads out of its folder.
 *
 * @param folder of the bundle; need not be there
 */
export function registerExplorer(app: FastifyInstance, folder: URL): void {
  const files = readBundle(folder);
  const sendFile = (reply: FastifyReply, name: string) => {
    const content = files.get(name);
    if (content === undefined)
      return reply
        .code(404)
        .type("text/plain; charset=utf-8")
        .send(
          files.size > 0
            ? "The explorer has no such file. It opens at /explorer.\n"
            : "The explorer has not been built. Run `npm run prepare`, then start the gateway again.\n",
        );
    return reply
      .header("content-security-policy", contentSecurityPolicy)
      .header("cache-control", name === page ? "no-cache" : "public, max-age=31536000, immutable")
      .type(types[extname(name)] ?? "application/octet-stream")
      .send(content);
  };
  app.get("/explorer", (_request, reply) => sendFile(reply, page));
  app.get<{ Params: { name: string } }>("/explorer/:name", (request, reply) =>
    sendFile(reply, request.params.name),
  );
}

const page = "index.html";

/** The bundle's files by name; their names bear a hash of their content, the page's alone does not. */
function readBundle(folder: URL): ReadonlyMap<string, Buffer> {
  try {
    return new Map(
      readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => [name, readFileSync(new URL(name, folder))]),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
}
