import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { civilStatus } from "../../../subgraphs/civil-status/server.ts";
import { education } from "../../../subgraphs/education/server.ts";
import { healthInsurance } from "../../../subgraphs/health-insurance/server.ts";
import { population } from "../../../subgraphs/population/server.ts";
import { insertRows } from "../../lives/life.ts";
import { hoaPin, tranThiHoa } from "../../lives/tran-thi-hoa.ts";
import {
  findChromium,
  listKept,
  startBrowser,
  watch,
  whyWithoutBrowser,
} from "../../support/browser.ts";
import { startTestGateway } from "../../support/gateway.ts";
import type { TestGateway } from "../../support/gateway.ts";
import { startSectorUnderTest } from "../../support/sector.ts";

const executable = findChromium(process.env);
if (executable === undefined) console.warn(whyWithoutBrowser);

/** An element that CodeMirror has made an editor of. */
interface Editor {
  readonly CodeMirror: { getValue(): string };
}

/** The four sectors, each over its register's part of Hoa's life; how each of them is stopped. */
async function startSectors() {
  const [people, acts, cards, pupils] = await Promise.all([
    startSectorUnderTest(population),
    startSectorUnderTest(civilStatus),
    startSectorUnderTest(healthInsurance),
    startSectorUnderTest(education),
  ]);
  await Promise.all([
    insertRows(people.database, tranThiHoa.population),
    insertRows(acts.database, tranThiHoa.civilStatus),
    insertRows(cards.database, tranThiHoa.healthInsurance),
    insertRows(pupils.database, tranThiHoa.education),
  ]);
  return {
    population: people,
    "civil-status": acts,
    "health-insurance": cards,
    education: pupils,
  };
}

describe.skipIf(executable === undefined)("The explorer, in a browser", () => {
  let sectors: Awaited<ReturnType<typeof startSectors>>;
  let gateway: TestGateway;
  let browser: Browser;

  beforeAll(async () => {
    [sectors, browser] = await Promise.all([startSectors(), startBrowser(executable!)]);
    gateway = await startTestGateway(sectors);
  });

  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await Promise.all(Object.values(sectors ?? {}).map((sector) => sector.stop()));
  });

  /**
   * A new visitor's browser with the explorer, opened for Hoa by the address that `start` prints.
   *
   * @param before what happens on the page first
   */
  async function openExplorer(before?: (page: Page) => Promise<unknown>) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const seen = watch(context);
    const page = await context.newPage();
    await before?.(page);
    const { authorization = "" } = await gateway.asCitizen(hoaPin);
    const token = authorization.replace("Bearer ", "");
    await page.goto(`${gateway.url}/explorer#pin=${hoaPin}&purpose=own-data&token=${token}`);
    return { context, page, seen };
  }

  async function readAnswer(page: Page): Promise<unknown> {
    const result = page.locator(".result-window .CodeMirror");
    await result.getByText("fullName").first().waitFor();
    // The editor draws the lines in view alone.
    return JSON.parse(
      await result.evaluate((editor: unknown) => (editor as Editor).CodeMirror.getValue()),
    );
  }

  test("answers a visitor who does nothing but press the button, from all four ministries", async () => {
    const { context, page } = await openExplorer();
    await page.getByRole("button", { name: "Execute query" }).click();
    expect(await readAnswer(page)).toMatchObject({
      data: {
        citizen: {
          pin: hoaPin,
          fullName: "Trần Thị Hoa",
          maritalHistory: [{ __typename: "Marriage" }, {}, {}],
          healthInsurance: { cardNumber: hoaPin },
          enrolments: [],
        },
      },
      extensions: { sources: Object.keys(sectors).map(() => ({ status: "FRESH" })) },
    });
    await context.close();
  });

  test("shows the button once it does something, though the editors come late", async () => {
    const { promise: arrival, resolve: arrive } = Promise.withResolvers<void>();
    const { context, page } = await openExplorer((blank) =>
      blank.route("**/codemirror-*.js", async (route) => {
        await arrival;
        await route.continue();
      }),
    );
    await page.getByRole("button", { name: "Show Documentation Explorer" }).waitFor();
    const button = page.getByRole("button", { name: "Execute query", includeHidden: true });
    expect([await button.count(), await button.isVisible()]).toEqual([1, false]);
    arrive();
    await button.click();
    await readAnswer(page);
    await context.close();
  });

  test("explains each type and field, the official term first", async () => {
    const { context, page } = await openExplorer();
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    const panel = page.locator(".graphiql-plugin");
    await panel.getByRole("link", { name: "Citizen", exact: true }).click();
    const explained = async (term: string) => panel.getByText(term).first().textContent();
    expect(await explained("Công dân —")).toMatch(/^Công dân — a citizen/);
    expect(await explained("Quá trình hôn nhân —")).toMatch(/— every act of civil status/);
    await context.close();
  });

  test("speaks to its gateway alone, and the page's policy has nothing to refuse", async () => {
    const { context, page, seen } = await openExplorer();
    await page.getByRole("button", { name: "Execute query" }).click();
    await readAnswer(page);
    const origins = new Set(seen.asked.map((url) => new URL(url).origin));
    expect([...origins]).toEqual([gateway.url]);
    expect(seen.asked).toContain(`${gateway.url}/graphql`);
    expect(seen.complaints).toEqual([]);
    expect(page.url()).toBe(`${gateway.url}/explorer`);

    // Had it done otherwise, this would have been seen.
    await page.evaluate(`fetch("https://elsewhere.invalid/").catch(() => {})`);
    expect(seen.complaints.join("\n")).toContain("Content Security Policy");
    await page.goto(sectors.population.url);
    expect(seen.asked).toContain(sectors.population.url);
    await context.close();
  });

  test("leaves nothing in the browser for whoever uses it next", async () => {
    const { context, page } = await openExplorer();
    await page.clock.install();
    await page.getByRole("button", { name: "Execute query" }).click();
    await readAnswer(page);
    // GraphiQL keeps what was typed when nobody has typed for a while.
    await page.clock.fastForward("01:00");
    const nothing = { cookies: [], origins: [], ofPages: [] };
    expect(await listKept(context)).toEqual(nothing);

    // Had it left something, this would have been seen.
    await page.evaluate(`sessionStorage.setItem("pin", "${hoaPin}")`);
    await page.evaluate(`localStorage.setItem("pin", "${hoaPin}")`);
    expect(await listKept(context)).toMatchObject({
      origins: [{ localStorage: [{ value: hoaPin }] }],
      ofPages: [["pin", hoaPin]],
    });
    await context.close();
  });
});

describe("Where no Chromium is", () => {
  const nowhere = ["/nowhere/chromium"];

  test("the explorer goes untried on a developer's machine, and never in CI", () => {
    expect(findChromium({}, nowhere)).toBeUndefined();
    expect(() => findChromium({ CI: "true" }, nowhere)).toThrow(
      "There is no Chromium at /nowhere/chromium. Install it",
    );
  });

  test("a path that leads to none is named", () => {
    expect(() => findChromium({ CHROMIUM_PATH: "/nowhere/chromium" })).toThrow(
      "CHROMIUM_PATH names /nowhere/chromium, where there is no file. Install it",
    );
  });
});
