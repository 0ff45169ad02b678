import Fastify from "fastify";
import { describe, expect, it } from "vitest";
import { readOpening, withGuide } from "../../../gateway/explorer/opening.ts";
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

  it("opens with what stands behind the #, which never leaves the browser", () => {
    const { variables, headers } = readOpening("#pin=001199012345&purpose=own-data&token=a.b-c");
    expect(JSON.parse(variables)).toEqual({ pin: "001199012345" });
    expect(headers).toEqual({
      authorization: "Bearer a.b-c",
      "x-purpose": "own-data",
      "x-case": "",
    });
  });

  it("shows what is to be filled in where nothing stands there", () => {
    const { variables, headers } = readOpening("");
    expect(JSON.parse(variables)).toEqual({ pin: "" });
    expect(headers).toEqual({ authorization: "Bearer ", "x-purpose": "", "x-case": "" });
  });

  it("opens with the query, under a guide in comments", () => {
    const lines = withGuide("query { a }").split("\n");
    expect(lines.at(-1)).toBe("query { a }");
    expect(lines.slice(0, -1).every((line) => line.startsWith("#"))).toBe(true);
  });
});
