import { readFileSync } from "node:fs";
import { readSectors } from "../../schema/sectors.ts";
import { parseTermsBySource } from "../../schema/terms.ts";
import type { SourceTerms } from "../../schema/terms.ts";
import type { Config } from "../config.ts";
import { readPolicyDirectives } from "./policy-directives.ts";
import type { PolicyDirectives } from "./policy-directives.ts";
import { readSupergraph } from "./supergraph.ts";
import type { Supergraph } from "./supergraph.ts";

/** What the owners of the sources have agreed on with whoever asks them. */
export interface Agreement extends Pick<PolicyDirectives, "policies" | "requirements"> {
  readonly supergraph: Supergraph;
}

type AgreementFiles = Pick<Config, "supergraphFile" | "open" | "termsFile">;

/**
 * Reads what the owners have agreed on: their schema, and who may ask what of it.
 *
 * @param loopback whether the gateway can be reached from this machine alone
 * @throws {Error} with a sentence where personal data would be open to whoever reaches this machine
 */
export function readAgreement(
  { supergraphFile, open }: AgreementFiles,
  loopback: boolean,
): Agreement {
  const sdl = readText(
    supergraphFile,
    "The supergraph",
    "name another by --supergraph, or compose it by `npx lien-thong compose`",
  );
  const { sdl: loadable, policies, requirements } = readPolicyDirectives(sdl, supergraphFile);
  const supergraph = readSupergraph(loadable, supergraphFile);
  if (open && policies !== undefined && !loopback)
    throw new Error(
      `${supergraphFile} carries the owners' field policies, which an open gateway does not keep: it listens on this machine alone. Leave --host out, or leave --open out and name your issuer by OIDC_ISSUER.`,
    );
  if (!open && policies === undefined)
    throw new Error(
      `${supergraphFile} carries no field policies, so that nothing says what may be asked for which purpose. Compose it anew by \`npx lien-thong compose\`, or try it by --open.`,
    );
  return { supergraph, policies, requirements };
}

/** The terms of the sources that have some, by source. */
export function readTerms({ open, termsFile }: AgreementFiles): ReadonlyMap<string, SourceTerms> {
  if (termsFile !== undefined)
    return parseTermsBySource(
      readText(termsFile, "The file of terms", "name another by --terms"),
      termsFile,
    );
  return new Map(open ? [] : readSectors().map(({ name, terms }) => [name, terms]));
}

function readText(file: string, what: string, remedy: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(`${what} ${file} cannot be read (${code}); ${remedy}.`, { cause: error });
  }
}
