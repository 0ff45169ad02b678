import type { Import, Module } from "./modules.ts";

/**
 * Which modules live in a room, and what they may import besides their own folder and npm's packages.
 * Paths are from the top level.
 */
type Room = {
  name: string;
  holds: RegExp;
  mayImport?: RegExp;
  /** By `import type` alone: nothing of it is loaded. */
  mayImportTypes?: RegExp;
  /** No I/O, clock or environment: no builtin of Node, and of npm nothing but GraphQL's parser. */
  pure?: true;
  /** Cryptography that a pure room may reckon with. */
  mayReckonWith?: "node:crypto" | "jose";
  /** Not even its own folder is open to it, but for what it may import. */
  closed?: true;
};

/** The table of import directions. The first room that holds a module is its room. */
const rooms: readonly Room[] = [
  { name: "schema/values/", holds: /^schema\/values\//, mayImport: /^schema\//, pure: true },
  { name: "schema/", holds: /^schema\// },

  { name: "subgraphs/kit/", holds: /^subgraphs\/kit\//, mayImport: /^schema\// },
  {
    // It writes rows and runs no resolver.
    name: "subgraphs/seed/",
    holds: /^subgraphs\/seed\//,
    mayImport: /^(schema|subgraphs\/kit|subgraphs\/[^/]+\/database)\//,
  },
  {
    // Sectors never see each other, nor the gateway.
    name: "subgraphs/<sector>/",
    holds: /^subgraphs\/[^/]+\//,
    mayImport: /^(schema|subgraphs\/kit)\//,
  },

  {
    // A page for the browser.
    name: "gateway/explorer/",
    holds: /^gateway\/explorer\//,
    mayImport: /^schema\/operations\//,
  },
  {
    // Another: it verifies as any reader does, and knows nothing of what signs.
    name: "gateway/verifier/",
    holds: /^gateway\/verifier\//,
    mayImport:
      /^(schema\/|gateway\/evidence\/(commitment|document|fault-words|record|verify)\.ts$)/,
  },
  {
    name: "gateway/cli/",
    holds: /^gateway\/cli\//,
    mayImport: /^(schema\/|gateway\/(?!console\/|explorer\/|verifier\/))/,
  },
  {
    name: "gateway/config.ts",
    holds: /^gateway\/config\.ts$/,
    mayImport: /^(schema\/|gateway\/settings\.ts$)/,
    mayImportTypes: /^gateway\/audit\//,
  },
  {
    // Production cannot reach the development issuer, by construction.
    name: "gateway/server.ts",
    // With what guards the registers, which it opens.
    holds: /^gateway\/(server|guard)\.ts$/,
    mayImport: /^(schema\/|gateway\/(?!console\/|explorer\/|verifier\/|local\/|cli\/))/,
  },
  {
    name: "gateway/policy/",
    holds: /^gateway\/policy\//,
    mayImport: /^schema\//,
    mayImportTypes: /^gateway\/(access|errors|config)\.ts$/,
    pure: true,
  },
  {
    name: "gateway/quota/<reckoning>",
    holds: /^gateway\/quota\/(lanes|owner-day|forecast)\.ts$/,
    mayImport: /^schema\//,
    pure: true,
  },
  {
    // The verifier never imports the writer. Hashing is reckoning; salts are drawn elsewhere.
    name: "gateway/audit/<proof>",
    holds: /^gateway\/audit\/(merkle|merkle-proof|tile|entry|pin-hash|verify)\.ts$/,
    mayImport: /^(schema\/|gateway\/audit\/(merkle|merkle-proof|tile|entry|pin-hash)\.ts$)/,
    pure: true,
    mayReckonWith: "node:crypto",
    closed: true,
  },
  {
    // As there; and it runs in a browser too, whose cryptography jose speaks.
    name: "gateway/evidence/<proof>",
    holds: /^gateway\/evidence\/(commitment|document|fault-words|record|verify)\.ts$/,
    mayImport:
      /^(schema\/|gateway\/evidence\/(commitment|document|fault-words|record|verify)\.ts$)/,
    pure: true,
    mayReckonWith: "jose",
    closed: true,
  },
  {
    // `server.ts` hands in functions, the clock and a slice of the configuration.
    name: "gateway/<room>/",
    holds: /^gateway\//,
    mayImport: /^(schema\/|gateway\/(access|errors)\.ts$)/,
    mayImportTypes: /^gateway\/(?!cli\/)/,
  },

  { name: "test/", holds: /^test\//, mayImport: /^/ },
];

/** How many modules each room holds, by the room's name. */
export function countModules(modules: readonly Pick<Module, "path">[]): Record<string, number> {
  const held = modules.map(({ path }) => findRoom(path)?.name);
  return Object.fromEntries(
    rooms.map(({ name }) => [name, held.filter((each) => each === name).length]),
  );
}

/** Every import that goes against the table, a sentence each; every module that lies in no room, too. */
export function findForbiddenImports(
  modules: readonly Pick<Module, "path" | "imports">[],
): string[] {
  return modules.flatMap(({ path, imports }) => {
    const room = findRoom(path);
    if (!room) return [`${path} lies in no room: give it one in test/support/house/rooms.ts.`];
    return imports
      .filter((each) => !allows(room, path, each))
      .map(
        ({ target, typeOnly }) =>
          `${path} imports ${typeOnly ? "types of " : ""}${target}, which ${room.name} may not.`,
      );
  });
}

function findRoom(path: string): Room | undefined {
  return rooms.find(({ holds }) => holds.test(path));
}

function allows(room: Room, path: string, { target, kind, typeOnly }: Import): boolean {
  if (kind !== "project")
    return (
      room.pure === undefined || typeOnly || target === "graphql" || target === room.mayReckonWith
    );
  const sameFolder = ownFolder(path) === ownFolder(target) && ownFolder(path) !== undefined;
  if (sameFolder && room.closed === undefined) return true;
  return Boolean(room.mayImport?.test(target) || (typeOnly && room.mayImportTypes?.test(target)));
}

/** `gateway/source/` for a module of that room, `schema/` for one of the agreement, none for `gateway/server.ts`. */
function ownFolder(path: string): string | undefined {
  return /^((gateway|subgraphs)\/[^/]+|schema|test)\//.exec(path)?.[0];
}
