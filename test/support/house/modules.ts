import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync, Visitor } from "oxc-parser";
import type { ImportExpression, Program } from "oxc-parser";

/** A file of this repository: its path from the top level, and its text. */
export type SourceFile = { path: string; text: string };

/**
 * One import of one module. `typeOnly`: the whole statement is erased, so that nothing is loaded at run time.
 * `late`: it is loaded when the program comes to it (`await import`), if ever.
 */
export type Import = {
  target: string;
  kind: "project" | "npm" | "node";
  typeOnly: boolean;
  late: boolean;
};

/** A TypeScript or JavaScript file, parsed. */
export type Module = SourceFile & { program: Program; imports: Import[] };

const topLevel = fileURLToPath(new URL("../../..", import.meta.url));

/** Every file that git tracks and that is still there. Needs git, whoever owns the clone. */
export function listTrackedFiles(): SourceFile[] {
  const options = { cwd: topLevel, encoding: "utf8" } as const;
  const listed = execFileSync("git", ["-c", "safe.directory=*", "ls-files", "-z"], options);
  return listed
    .split("\0")
    .filter((path) => path !== "" && existsSync(posix.join(topLevel, path)))
    .map((path) => ({ path, text: readFileSync(posix.join(topLevel, path), "utf8") }));
}

export function isModule({ path }: SourceFile): boolean {
  return /\.[cm]?[jt]sx?$/.test(path);
}

/** @throws {Error} that names the file, where its text does not parse: an unread import is a broken rule unseen */
export function parseModule({ path, text }: SourceFile): Module {
  const { program, errors } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new Error(`${path} does not parse: ${error.message}`);
  return { path, text, program, imports: readImports(path, program) };
}

function readImports(path: string, program: Program): Import[] {
  const imports: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, late = false) =>
    imports.push({ ...resolveSpecifier(path, specifier), typeOnly, late });
  new Visitor({
    // `import { type A }` is no type import here: under verbatimModuleSyntax it still loads the module.
    ImportDeclaration: (node) => add(node.source.value, node.importKind === "type"),
    ExportAllDeclaration: (node) => add(node.source.value, node.exportKind === "type"),
    ExportNamedDeclaration: (node) => {
      if (node.source) add(node.source.value, node.exportKind === "type");
    },
    ImportExpression: (node) => add(readDynamicSpecifier(node), false, true),
    TSImportType: (node) => add(node.source.value, true),
  }).visit(program);
  return imports;
}

/** A path that is computed cannot be held to the table: it stands for itself, and no room may import it. */
function readDynamicSpecifier({ source }: ImportExpression): string {
  if (source.type === "Literal" && typeof source.value === "string") return source.value;
  if (source.type === "TemplateLiteral" && source.expressions.length === 0)
    return source.quasis[0]?.value.cooked ?? computed;
  return computed;
}

const computed = "a computed path";

function resolveSpecifier(path: string, specifier: string): Omit<Import, "typeOnly" | "late"> {
  if (specifier === computed) return { target: computed, kind: "project" };
  if (specifier.startsWith("."))
    return { target: posix.join(posix.dirname(path), specifier), kind: "project" };
  return { target: specifier, kind: specifier.startsWith("node:") ? "node" : "npm" };
}
