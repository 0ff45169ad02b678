import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  findChromium,
  listKept,
  startBrowser,
  watch,
  whyWithoutBrowser,
} from "../../support/browser.ts";
import { evidenceOf, lan, startSignedAnswers } from "../../support/signed-answers.ts";
import type { SignedAnswers } from "../../support/signed-answers.ts";

const executable = findChromium(process.env);
if (executable === undefined) console.warn(whyWithoutBrowser);

describe.skipIf(executable === undefined)("The page of a record, in a browser", () => {
  let room: SignedAnswers;
  let browser: Browser;
  let folder: string;
  let id: string;
  /** The look-up's result as it was saved. */
  let saved: string;

  beforeAll(async () => {
    [room, browser, folder] = await Promise.all([
      startSignedAnswers(),
      startBrowser(executable!),
      mkdtemp(join(tmpdir(), "evidence-page-")),
    ]);
    const { json } = await room.ask();
    saved = JSON.stringify(json);
    id = evidenceOf(json).id;
  });

  afterAll(async () => {
    await browser?.close();
    await room?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(path: string) {
    const context = await browser.newContext({ viewport: { width: 900, height: 1100 } });
    const seen = watch(context);
    const page = await context.newPage();
    await page.goto(`${room.gateway.url}/evidence/${path}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    return { context, page, seen };
  }

  const seal = (page: Page) => page.locator(".seal").first().textContent();
  const verdict = (page: Page) => page.locator("#verdict .seal").textContent();

  test("says that it is genuine, the day, the agency and the key", async () => {
    const { context, page } = await open(id);
    expect(await seal(page)).toBe("Bằng chứng hợp lệThis evidence is genuine");
    const told = (await page.locator("dl").textContent()) ?? "";
    expect(told).toMatch(/Ngày ký.*\d\d\/\d\d\/\d{4}/);
    expect(told).toContain("ubnd-00004");
    expect(told).toContain("population");
    await context.close();
  });

  test("compares a file that the reader has, and shows what was signed", async () => {
    const { context, page, seen } = await open(id);
    const file = join(folder, "answer.json");
    await writeFile(file, saved);
    await page.locator("#file").setInputFiles(file);
    expect(await verdict(page)).toContain("The document is as it was signed.");
    expect(await page.locator("#signed").textContent()).toContain("Nguyễn Thị Lan");
    expect(await page.locator("#verdict details").textContent()).toContain("query Certificate");
    expect(seen.complaints).toEqual([]);
    await context.close();
  });

  test.each([
    ["another answer", "FEMALE", "MALE", "What the document says is not what was signed."],
    ["another person", `"people":["${lan}"]`, '"people":[]', "It was signed for other people"],
    ["the word twice", '"sex":"FEMALE"', '"sex":"MALE","sex":"FEMALE"', "says something twice"],
    ["what is no document", "evidence", "nothing", "This is no signed answer"],
    ["markup", "Lan", "<img src=x onerror=alert(1)>", "is not what was signed."],
  ])("finds %s", async (_, from, to, sentence) => {
    const { context, page, seen } = await open(id);
    await page.locator("#pasted").fill(saved.replace(from, to));
    expect(await verdict(page)).toContain(sentence);
    expect(await page.locator("#signed").count()).toBe(0);
    expect(seen.complaints).toEqual([]);
    await context.close();
  });

  test("takes no document of another record, however genuine", async () => {
    const { json } = await room.ask();
    const { context, page } = await open(id);
    await page.locator("#pasted").fill(JSON.stringify(json));
    expect(await verdict(page)).toContain("The document bears the id of other evidence.");
    await page.locator("#pasted").fill(saved);
    await page.getByText("The document is as it was signed.").waitFor();
    await context.close();
  });

  test("asks nobody once it is there: the comparison needs no network, and has none", async () => {
    const { context, page, seen } = await open(id);
    const asked = seen.asked.length;
    await context.setOffline(true);
    await page.locator("#pasted").fill(saved);
    expect(await verdict(page)).toContain("The document is as it was signed.");
    expect(seen.asked.filter((url) => !url.startsWith("data:")).length).toBe(
      seen.asked.slice(0, asked).filter((url) => !url.startsWith("data:")).length,
    );
    for (const url of seen.asked.filter((each) => !each.startsWith("data:")))
      expect(new URL(url).origin).toBe(room.gateway.url);
    await context.setOffline(false);

    // Were it to speak to somebody, its own gateway among them, this would be seen.
    await page.evaluate(`fetch("/health").catch(() => {})`);
    expect(seen.complaints.join("\n")).toContain("Content Security Policy");
    await context.close();
  });

  test("leaves nothing in the browser", async () => {
    const { context, page } = await open(id);
    await page.locator("#pasted").fill(saved);
    await verdict(page);
    expect(await listKept(context)).toEqual({ cookies: [], origins: [], ofPages: [] });
    await context.close();
  });

  test("is one and the same where there is no such record, and offers no comparison", async () => {
    const texts = [];
    for (const none of ["A".repeat(22), "no-id", `${id}x`]) {
      const { context, page, seen } = await open(none);
      texts.push(await page.locator("main").innerHTML());
      expect(await page.locator("#file").count()).toBe(0);
      expect(await seal(page)).toContain("There is no genuine record of this id.");
      // The browser's own line about the page's status.
      expect(seen.complaints.filter((each) => !each.includes("404 (Not Found)"))).toEqual([]);
      await context.close();
    }
    expect(new Set(texts).size).toBe(1);
  });
});
