import { basename } from "node:path/posix";
import { isModule } from "./modules.ts";
import type { SourceFile } from "./modules.ts";

/** What may stand at the top level, besides files whose name begins with a dot. */
const topLevelEntries = new Set([
  "gateway",
  "subgraphs",
  "schema",
  "test",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
  "docker-compose.yml",
  "Dockerfile",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
]);

const namesWithoutSubject = /(^|[-.])(utils?|helpers?|common|misc|manager|index)([-.]|$)/;

/** More than this is two subjects, mostly. */
const longestModule = 400;

/** A folder of the machine that wrote it. `node` is the user of the published image. */
const pathOfMachine = /(?<![\w.)}\]-])\/(?:work|root|home\/(?!node\b)\w+)\/[\w.-]+/;

/** Files and folders at the top level that nobody agreed on. */
export function findStrayEntries(files: readonly SourceFile[]): string[] {
  const entries = new Set(files.map(({ path }) => path.split("/", 1).join()));
  return [...entries]
    .filter((entry) => !entry.startsWith(".") && !topLevelEntries.has(entry))
    .map((entry) => `${entry} does not belong at the top level.`);
}

/** Modules named for no subject. */
export function findEmptyNames(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => isModule(file) && namesWithoutSubject.test(basename(file.path)))
    .map(({ path }) => `${path} is named for no subject: name what it holds.`);
}

/** Modules of more than 400 lines whose first lines do not give the reason (`// Longer than 400 lines because …`). */
export function findLongModules(files: readonly SourceFile[]): string[] {
  return files
    .filter(isModule)
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split("\n") }))
    .filter(({ lines }) => lines.length > longestModule)
    .filter(({ lines }) => !/longer than 400 lines because/i.test(lines.slice(0, 5).join(" ")))
    .map(
      ({ path, lines }) => `${path} has ${lines.length} lines: cut it, or say why in its first.`,
    );
}

/** Paths of somebody's machine in any text file. */
export function findMachinePaths(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const found = text.includes("\0") ? null : pathOfMachine.exec(text);
    return found ? [`${path} names ${found[0]}, a path of one machine.`] : [];
  });
}

/** Packages that the lock file pins to one registry. Everybody's own registry must serve. */
export function findRegistryHosts(lockFile: string): string[] {
  const { packages } = JSON.parse(lockFile) as { packages: Record<string, { resolved?: string }> };
  return Object.entries(packages)
    .filter(([, { resolved }]) => resolved !== undefined)
    .map(([path, { resolved }]) => `package-lock.json has ${path} from ${resolved}.`);
}
