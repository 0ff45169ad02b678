import { describe, expect, it } from "vitest";
import { readConfig as readWhole } from "../../gateway/config.ts";
import { options, renderOptions } from "../../gateway/settings.ts";
import { buildDoors } from "../../gateway/http/doors.ts";
import type { Flags } from "../../gateway/config.ts";
import { isLoopback } from "../../gateway/http/listen.ts";

const issuer = { OIDC_ISSUER: "https://issuer.example" };
const readConfig = (env: NodeJS.ProcessEnv, flags?: Flags) =>
  readWhole({ ...issuer, ...env }, flags);

describe("the configuration", () => {
  it("needs an issuer, or to be told that it is open", () => {
    expect(() => readWhole({})).toThrow(/^OIDC_ISSUER is not set\. Nobody is answered/);
    expect(readWhole({}, { open: true }).oidcIssuer).toBe("");
  });

  it("is complete without any further variable, listens on this machine alone, and is frozen", () => {
    const config = readConfig({});
    expect(config).toMatchObject({ host: "127.0.0.1", port: 4000, open: false });
    expect(config.limits).toMatchObject({ queryBytes: 65_536, depth: 20, pins: 100 });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.limits)).toBe(true);
  });

  it("takes the proxies that it trusts as Fastify does, and none unless told", () => {
    expect(readConfig({}).trustedProxies).toBe("");
    for (const proxies of ["uniquelocal", "10.0.0.0/8,192.0.2.1", "2001:db8::/32,loopback"]) {
      const { trustedProxies } = readConfig({ TRUSTED_PROXIES: proxies });
      const isStopping = () => false;
      expect(() => buildDoors({ bodyBytes: 1, trustedProxies, isStopping })).not.toThrow();
    }
  });

  it("takes a flag before its variable, and an empty variable as none", () => {
    expect(readConfig({ PORT: "5000" }, { port: "6000" }).port).toBe(6000);
    expect(readConfig({ PORT: "5000" }).port).toBe(5000);
    expect(readConfig({ PORT: "" }).port).toBe(4000);
  });

  it.each([
    [{ PORT: "70000" }, {}, 'PORT must be a whole number from 0 to 65535, not "70000".'],
    [{ PORT: "4e3" }, {}, 'PORT must be a whole number from 0 to 65535, not "4e3".'],
    [{}, { port: "-1" }, '--port must be a whole number from 0 to 65535, not "-1".'],
    [
      { MAX_QUERY_DEPTH: "0" },
      {},
      'MAX_QUERY_DEPTH must be a whole number from 1 to 100, not "0".',
    ],
    [{ OIDC_ISSUER: "issuer" }, {}, 'OIDC_ISSUER must be an http or https URL, not "issuer".'],
    [{ PUBLIC_SCHEMA: "true" }, {}, 'PUBLIC_SCHEMA must be yes or no, not "true".'],
    [
      { TRUSTED_PROXIES: "10.0.0.0/8,balancer" },
      {},
      /^TRUSTED_PROXIES must be addresses or networks, .*, not "10\.0\.0\.0\/8,balancer"\.$/,
    ],
    [{ TRUSTED_PROXIES: "10.0.0.0/33" }, {}, /^TRUSTED_PROXIES must be addresses/],
    [{ INTERNAL_PORT: "-1" }, {}, /^INTERNAL_PORT must be a whole number from 0 to 65535/],
    [{ LOG_LEVEL: "loud" }, {}, /^LOG_LEVEL must be one of trace, .*, not "loud"\.$/],
  ])("refuses %j %j by a sentence that names it", (env, flags, sentence) => {
    expect(() => readConfig(env, flags)).toThrow(sentence);
  });

  it("keeps every option's default within its own range", () => {
    for (const option of Object.values(options).filter(({ fallback }) => fallback !== ""))
      expect(option.read(String(option.fallback)), option.variable).toBe(option.fallback);
  });

  it("keeps what it tells of sources and numbers apart, and free operations to those that are named", () => {
    expect(readConfig({})).toMatchObject({ internalPort: undefined, publicSchema: false });
    expect(readConfig({}).freeClients).toEqual(new Set());
    expect(readConfig({ INTERNAL_PORT: "9090", FREE_CLIENTS: "a,b" })).toMatchObject({
      internalPort: 9090,
      freeClients: new Set(["a", "b"]),
    });
  });

  it.each([
    ["127.0.0.1", true],
    ["127.8.8.8", true],
    ["::1", true],
    ["localhost", true],
    ["0.0.0.0", false],
    ["127.0.0.1.example", false],
    ["10.0.0.1", false],
  ])("knows whether %s is this machine alone: %s", (host, alone) => {
    expect(isLoopback(host)).toBe(alone);
  });

  it("stands in the documentation as the code has it", () => {
    const table = renderOptions();
    for (const { variable } of Object.values(options)) expect(table).toContain(`\`${variable}\``);
    expect(table.split("\n")).toHaveLength(Object.keys(options).length + 2);
  });
});
