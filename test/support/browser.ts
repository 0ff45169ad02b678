import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext } from "playwright-core";

const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const advice =
  "Install it (Debian: apt-get install chromium), or say by CHROMIUM_PATH where it lies.";

/**
 * The machine's Chromium: npm brings none.
 *
 * @returns undefined where there is none, and nobody insists
 * @throws {Error} with a sentence where CHROMIUM_PATH names no file, or where CI, which insists, has none
 */
export function findChromium(
  { CHROMIUM_PATH, CI }: NodeJS.ProcessEnv,
  places: readonly string[] = usualPlaces,
): string | undefined {
  const found = (CHROMIUM_PATH ? [CHROMIUM_PATH] : places).find((path) => existsSync(path));
  if (found === undefined && CHROMIUM_PATH)
    throw new Error(`CHROMIUM_PATH names ${CHROMIUM_PATH}, where there is no file. ${advice}`);
  if (found === undefined && CI === "true")
    throw new Error(`There is no Chromium at ${places.join(", ")}. ${advice}`);
  return found;
}

export const whyWithoutBrowser = `The explorer goes untried, as this machine has no Chromium. ${advice}`;

/** Starts it without a window, and without what it would send home by itself. */
export function startBrowser(executablePath: string): Promise<Browser> {
  const args = ["--disable-gpu", "--disable-quic", "--disable-sync"];
  return chromium.launch({ executablePath, args });
}

/** What the pages of a browsing context have done that a user would not see. */
export interface Watch {
  /** Every address that was asked for, whether it answered, was refused or was never reached. */
  readonly asked: readonly string[];
  /** Warnings and errors: of the page's own programs, of its policy, of requests that failed. */
  readonly complaints: readonly string[];
}

export function watch(context: BrowserContext): Watch {
  const asked: string[] = [];
  const complaints: string[] = [];
  context.on("request", (request) => void asked.push(request.url()));
  context.on("page", (page) => page.on("websocket", (socket) => void asked.push(socket.url())));
  context.on("weberror", (error) => void complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (["warning", "error"].includes(message.type())) complaints.push(message.text());
  });
  return { asked, complaints };
}

/** All that a browsing context would keep for the next page: cookies, storages, databases, caches. */
export async function listKept(context: BrowserContext): Promise<object> {
  const state = await context.storageState({ indexedDB: true });
  const ofPages = await Promise.all(
    context
      .pages()
      .map((page) =>
        page.evaluate<unknown[]>(
          "caches.keys().then((names) => [...names, ...Object.entries(sessionStorage)])",
        ),
      ),
  );
  return { ...state, ofPages: ofPages.flat() };
}
