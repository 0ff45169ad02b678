import { environmentPrefix } from "../schema/sectors.ts";
import type { Config } from "./config.ts";

/** The variable with what a source's owner wants to see at the doors of its meter: `POPULATION_METER_TOKEN`. */
export function meterTokenVariable(source: string): string {
  return urlVariable(source).replace(/_URL$/, "_METER_TOKEN");
}

/** The variable that says where a source answers: `CIVIL_STATUS_URL` for `civil-status`. */
export function urlVariable(source: string): string {
  return `${environmentPrefix(source.replaceAll(/[^A-Za-z0-9]+/g, "-"))}_URL`;
}

/**
 * Where a source answers: by its variable, else by the supergraph.
 *
 * @throws {Error} with a sentence where neither holds an http or https URL
 */
export function sourceUrl(
  { urlVariables }: Pick<Config, "urlVariables">,
  source: { name: string; url: string },
): string {
  const variable = urlVariable(source.name);
  const given = urlVariables[variable];
  if (isHttpUrl(given ?? source.url)) return given ?? source.url;
  throw new Error(
    given === undefined
      ? `The supergraph does not say where ${source.name} answers; set ${variable} to an http or https URL.`
      : `${variable} must be an http or https URL, not ${JSON.stringify(given)}.`,
  );
}

function isHttpUrl(text: string): boolean {
  return ["http:", "https:"].includes(URL.parse(text)?.protocol ?? "");
}
