import { Visitor } from "oxc-parser";
import type { Expression, MemberExpression } from "oxc-parser";
import type { Module } from "./modules.ts";

/** Where a process is put together: these may read the clock, chance and the environment, and hand them on. */
const compositionRoot =
  /^test\/|^gateway\/(cli|local)\/|(^|\/)(server|guard|config)\.ts$|\.config\.ts$/;

/** What only a composition root may say. `new Date(value)` reads no clock. */
const ambient = new Set(["process.env", "Date.now", "Math.random", "new Date()"]);

/** Reads of the clock, of chance or of the environment outside a composition root. */
export function findAmbientReads(modules: readonly Module[]): string[] {
  return modules.flatMap((module) => {
    if (compositionRoot.test(module.path)) return [];
    const { members, dates } = readExpressions(module);
    // A program that is run by itself is its own root.
    if (members.includes("import.meta.main")) return [];
    return [...members, ...dates]
      .filter((each) => ambient.has(each))
      .map((each) => `${module.path} reads ${each}: have it handed in.`);
  });
}

/** Tests that are switched off, or that switch all others off. */
export function findFocusedTests(modules: readonly Module[]): string[] {
  return modules.flatMap((module) =>
    readExpressions(module)
      .members.filter((each) => /^(test|it|describe|suite|bench)\b.*\.(only|skip)$/.test(each))
      .map((each) => `${module.path} says ${each}: run it, or delete it.`),
  );
}

/** Each member expression as its dotted name (`test.each.only`), and each `new Date` or `Date` call without a value. */
function readExpressions({ program }: Module): { members: string[]; dates: string[] } {
  const members: string[] = [];
  const dates: string[] = [];
  const addDate = (node: { callee: Expression; arguments: readonly unknown[] }) => {
    if (nameExpression(node.callee) === "Date" && node.arguments.length === 0)
      dates.push("new Date()");
  };
  new Visitor({
    MemberExpression: (node) => members.push(nameExpression(node)),
    NewExpression: addDate,
    CallExpression: addDate,
  }).visit(program);
  return { members, dates };
}

function nameExpression(node: Expression | MemberExpression): string {
  if (node.type === "Identifier") return node.name;
  if (node.type === "MetaProperty") return `${node.meta.name}.${node.property.name}`;
  if (node.type === "MemberExpression")
    return `${nameExpression(node.object)}.${nameExpression(node.property as Expression)}`;
  if (node.type === "CallExpression") return nameExpression(node.callee);
  if (node.type === "Literal") return String(node.value);
  return `(${node.type})`;
}
