import Fastify from "fastify";
import { describe, expect, it } from "vitest";
import { openingVariables, withGuide } from "../../../gateway/explorer/opening.ts";
import { registerExplorer } from "../../../gateway/http/explorer.ts";

describe("the explorer", () => {
  it("says what to do where it has not been built", async () => {
    const app = Fastify();
    registerExplorer(app, new URL("./no-such-folder/", import.meta.url));
    const { statusCode, body } = await app.inject("/explorer");
    expect(statusCode).toBe(404);
    expect(body).toBe(
      "The explorer has not been built. Run `npm run prepare`, then start the gateway again.\n",
    );
  });

  it("opens with a personal number from behind the #, which never leaves the browser", () => {
    expect(JSON.parse(openingVariables("#pin=001199012345"))).toEqual({ pin: "001199012345" });
    expect(JSON.parse(openingVariables(""))).toEqual({ pin: "" });
  });

  it("opens with the query, under a guide in comments", () => {
    const lines = withGuide("query { a }").split("\n");
    expect(lines.at(-1)).toBe("query { a }");
    expect(lines.slice(0, -1).every((line) => line.startsWith("#"))).toBe(true);
  });
});
