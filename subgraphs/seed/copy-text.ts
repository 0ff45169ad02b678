import type { Table } from "./registers/records.ts";

const special = /[\\\t\n\r]/;

/** One row in COPY's text format, with its line end. */
export function encodeRow<Row>({ columns }: Table<Row>, row: Row): string {
  // Joined once: a text grown by += is a tree of pieces, many times its size until somebody reads it.
  return `${columns.map((column) => encodeValue(row[column])).join("\t")}\n`;
}

function encodeValue(value: unknown): string {
  if (value === null || value === undefined) return "\\N";
  if (typeof value === "string") return escape(value);
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "number") return String(value);
  if (Array.isArray(value)) return escape(encodeArray(value));
  return escape(JSON.stringify(value));
}

const encodeArray = (items: readonly unknown[]): string =>
  `{${items.map((item) => `"${String(item).replace(/["\\]/g, "\\$&")}"`).join(",")}}`;

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

const escape = (text: string): string =>
  special.test(text) ? text.replace(/[\\\t\n\r]/g, (found) => escapes[found] ?? found) : text;
