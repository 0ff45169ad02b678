import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import type { ValidateFunction } from "ajv";
import { parse } from "yaml";

/** What the tests ask of a service of a Compose file; merge keys are resolved. */
export type Service = {
  image?: string;
  build?: string;
  command?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
  restart?: string;
  ports?: string[];
  networks?: string[];
  volumes?: string[];
  environment?: Record<string, string | number>;
  healthcheck?: object;
  deploy?: { replicas?: number };
};

export type ComposeFile = {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes?: Record<string, null>;
};

export function parseComposeFile(text: string): ComposeFile {
  return parse(text, { merge: true }) as ComposeFile;
}

/** Where a file breaks the Compose Specification, a line each. */
export function findSchemaErrors(file: unknown): string[] {
  if (matchesSchema(file)) return [];
  const errors = matchesSchema.errors ?? [];
  return errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
}

const matchesSchema = compileSchema(new URL("compose-spec/compose-spec.json", import.meta.url));

function compileSchema(url: URL): ValidateFunction {
  // The schema names its dialect by an address that is not the dialect's own; it is draft 7, Ajv's default.
  const { $schema: _, ...schema } = JSON.parse(readFileSync(url, "utf8")) as { $schema: string };
  // Its formats ("duration", "ports") are Compose's own, without a definition to check against.
  return new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
}

/** Settings that hold a password themselves, instead of asking the environment for it. */
export function findLiteralPasswords({ services }: ComposeFile): string[] {
  const asked = /^\$\{\w+:\?[^}]*\}$/;
  return Object.entries(services).flatMap(([name, { environment = {} }]) =>
    Object.entries(environment)
      .filter(([variable, setting]) => {
        // A folder's name is no secret.
        const secret = /(PASSWORD|SECRET|TOKEN|KEY)(?!.*_DIR$)/.test(variable)
          ? String(setting)
          : /:\/\/[^:/@]*:(.*)@/.exec(String(setting))?.[1];
        return secret !== undefined && !asked.test(secret);
      })
      .map(([variable]) => `${name} is given ${variable} in the file.`),
  );
}

/** Services that are not confined. */
export function findLooseServices({ services }: ComposeFile): string[] {
  return Object.entries(services).flatMap(([name, service]) => {
    const faults = {
      "may write to its file system": service.read_only !== true,
      "keeps capabilities": service.cap_drop?.join() !== "ALL",
      "may gain privileges": !service.security_opt?.includes("no-new-privileges:true"),
      "may take all memory": service.mem_limit === undefined,
      "stays down once it has failed": service.restart !== "unless-stopped",
      "has no pinned image": !/:\d+\.\d+(\.\d+)?(-\w+)?$/.test(service.image ?? ""),
      // An image built here brings its own.
      "has no health check": service.healthcheck === undefined && service.build === undefined,
    };
    return Object.entries(faults)
      .filter(([, found]) => found)
      .map(([fault]) => `${name} ${fault}.`);
  });
}

/** The services on each network. */
export function listMembers({ services, networks }: ComposeFile): Record<string, string[]> {
  return Object.fromEntries(
    Object.keys(networks).map((network) => [
      network,
      Object.keys(services).filter((name) => services[name]?.networks?.includes(network)),
    ]),
  );
}
