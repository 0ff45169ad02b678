import { expect, test } from "vitest";
import { parsePostmasterFile } from "../../../../gateway/local/postgres/postmaster-file.ts";

const lines = [
  "4711",
  "/data/cluster",
  "1764043200",
  "5433",
  "",
  "127.0.0.1",
  "  16  3",
  "ready   ",
];

test("A running server's file gives its process, port and state", () => {
  expect(parsePostmasterFile(`${lines.join("\n")}\n`)).toEqual({
    pid: 4711,
    port: 5433,
    ready: true,
  });
});

test("A server that recovers or stops is not ready", () => {
  for (const status of ["starting", "stopping", "standby "]) {
    expect(parsePostmasterFile([...lines.slice(0, 7), status].join("\n"))?.ready).toBe(false);
  }
});

test("A file that is empty, cut off or not PostgreSQL's says nothing", () => {
  for (const text of ["", "4711", lines.slice(0, 3).join("\n"), "no\nsuch\nfile\nhere"]) {
    expect(parsePostmasterFile(text)).toBeUndefined();
  }
});
