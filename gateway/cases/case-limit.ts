import type { GraphQLError } from "graphql";
import type { Purpose } from "../../schema/purpose.ts";
import type { Caller } from "../access.ts";
import { gatewayError } from "../errors.ts";
import type { Granted } from "../policy/rights.ts";
import type { CaseFiles } from "./case-files.ts";

/** Counts a request that its rights have granted; what is too much for its case is refused. */
export type CountForCase = (caller: Caller, granted: Granted) => Promise<readonly GraphQLError[]>;

export interface CaseLimitOptions {
  readonly files: CaseFiles;
  readonly purposes: ReadonlyMap<string, Purpose>;
  /** Hash of a personal number; the same for the same one, as long as cases last. */
  readonly hashPin: (pin: string) => string;
  /** Answers that a predicate gives for each person and case. */
  readonly mostAnswers: number;
}

/**
 * Makes the count of what a case opens, over all of its requests: people, and answers of predicates whose
 * records are closed. Rejects where it cannot be kept.
 */
export function limitCases({
  files,
  purposes,
  hashPin,
  mostAnswers,
}: CaseLimitOptions): CountForCase {
  return async (caller, { people, predicates }) => {
    const { subject, agency, purpose, caseNumber = "" } = caller;
    const { people: most = null, ownDataOnly = false, unit: belongs } = purposes.get(purpose) ?? {};
    const unit = belongs === "case" ? caller.unit : undefined;
    const file = { agency, purpose, caseNumber };
    if (most !== null && !ownDataOnly && people.length > 0) {
      const hashes = people.map(hashPin);
      const opened = await files.open({ ...file, subject, unit, people: hashes, most });
      if (opened === "another-unit") return [refuseUnit(purpose)];
      if (opened === "too-many-people") return [refusePeople(purpose, most)];
    }
    const refusals: GraphQLError[] = [];
    for (const { coordinate, people: about, arguments: given } of predicates)
      for (const pin of about) {
        const question = { ...file, person: hashPin(pin), text: `${coordinate} ${given}` };
        if (!(await files.ask(question, mostAnswers)))
          refusals.push(refuseAnswer(coordinate, mostAnswers));
      }
    return refusals;
  };
}

function refuseUnit(purpose: string): GraphQLError {
  return gatewayError(
    "FORBIDDEN",
    `For ${purpose}, a case is the business of one unit, and another one has opened this number. Look into the number of the case.`,
    { missing: "unit", purposes: [purpose] },
  );
}

function refusePeople(purpose: string, most: number): GraphQLError {
  return gatewayError(
    "FORBIDDEN",
    `For ${purpose}, one case opens ${most} ${most === 1 ? "person" : "people"} at most, and this one has opened others. Look into the number of the case; more needs a supervisor's recorded confirmation (confirmCase).`,
    { missing: "confirmation", purposes: [purpose] },
  );
}

function refuseAnswer(coordinate: string, most: number): GraphQLError {
  return gatewayError(
    "FORBIDDEN",
    `${coordinate} answers ${most} questions at most for each person and case, because what it is about is closed for this purpose.`,
    { field: coordinate },
  );
}
