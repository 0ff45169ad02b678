import { readFileSync, readdirSync } from "node:fs";
import { extname } from "node:path";
import type { FastifyReply } from "fastify";

/** A page's files by name, as Vite has built them; empty where nobody has. */
export type Bundle = ReadonlyMap<string, Buffer>;

/** The one file of a bundle whose name bears no hash of its content. */
export const bundledPage = "index.html";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** Reads a bundle; only files that it holds now are served, so no path leads out of its folder. */
export function readBundle(folder: URL): Bundle {
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

/** Sends a file of a bundle, which a browser may keep unless it is the page. */
export function sendBundled(reply: FastifyReply, name: string, content: Buffer): FastifyReply {
  return reply
    .header(
      "cache-control",
      name === bundledPage ? "no-cache" : "public, max-age=31536000, immutable",
    )
    .type(types[extname(name)] ?? "application/octet-stream")
    .send(content);
}
