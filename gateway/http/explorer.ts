import type { FastifyInstance, FastifyReply } from "fastify";
import { bundledPage, readBundle, sendBundled } from "./bundle.ts";

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

/**
 * `GET /explorer`: GraphiQL, from the bundle that `npm ci` builds; nothing of it comes from elsewhere.
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
    reply.header("content-security-policy", contentSecurityPolicy);
    return sendBundled(reply, name, content);
  };
  app.get("/explorer", (_request, reply) => sendFile(reply, bundledPage));
  app.get<{ Params: { name: string } }>("/explorer/:name", (request, reply) =>
    sendFile(reply, request.params.name),
  );
}
