import { lanes } from "../../schema/terms.ts";
import { gatewayError } from "../errors.ts";
import type { Identify } from "./gate.ts";
import { readSentText } from "./graphql-body.ts";

/** Whoever asks, where nobody is known by name. */
export const everybody = {
  subject: "open",
  role: undefined,
  scopes: new Set<string>(),
  unit: undefined,
  pin: undefined,
  agency: "open",
  purpose: "open",
  caseNumber: undefined,
  keptFor: "agency",
} as const;

/** Nobody is looked up by rights here, so nothing is written down of them. */
const granted = { people: [], fields: [], thirdPartyFields: [], predicates: [] } as const;

/** The gate of a gateway that knows nobody by name: whoever comes by may ask anything. */
export const identifyNobody: Identify = ({ "x-lane": given = "counter" }) => {
  const lane = lanes.find((name) => name === given);
  if (lane === undefined)
    return gatewayError(
      "BAD_USER_INPUT",
      `The header x-lane must be one of ${lanes.join(", ")}; without it a request travels as counter.`,
    );
  const permit = { caller: { ...everybody, lane }, granted };
  return { subject: everybody.subject, readText: readSentText, allow: () => permit };
};
