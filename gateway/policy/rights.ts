import type { DocumentNode } from "graphql";
import type { Purpose } from "../../schema/purpose.ts";
import type { CivilDate } from "../../schema/values/date.ts";
import { isAsked, listAskedFields } from "./asked-fields.ts";
import type { AskedField } from "./asked-fields.ts";
import { findClosed, refuseClosed } from "./closed-fields.ts";
import type { FieldRules } from "./field-rules.ts";
import { refuseUnmetRequirements } from "./grants.ts";
import type { Grants } from "./grants.ts";
import { listDays, refuseTooLongAgo } from "./history.ts";
import { listNamingArguments } from "./named-people.ts";
import type { Variables } from "./named-people.ts";
import { refusePeople } from "./people-limit.ts";
import { askPredicates, listPredicates, refuseTooManyPredicates } from "./predicates.ts";
import type { PredicateQuestion } from "./predicates.ts";
import type { Refusal } from "./refusal.ts";

/** Who asks with which values: what differs from one request of an operation to the next. */
export interface RightsRequest {
  /** One of the list; undefined where the request has none, and may ask nothing personal. */
  readonly purpose: Purpose | undefined;
  /** The asker's own personal number, in its normal form. */
  readonly pin: string | undefined;
  /** The operation's variables, coerced and in their normal form, those of lifted literals too. */
  readonly variables: Variables;
  /** The civil day in Vietnam. */
  readonly day: CivilDate;
  readonly grants: Grants;
}

/** What a request may have, for the log and for limits that reach beyond one request. */
export interface Granted {
  /** Personal numbers that the request names, each once. */
  readonly people: readonly string[];
  /** Coordinates of the personal fields that it asks, each once. */
  readonly fields: readonly string[];
  /** … and of those, the ones that it asks of citizens whom it does not name, such as a spouse. */
  readonly thirdPartyFields: readonly string[];
  /** Questions about fields that are closed themselves: see `mostPredicateAnswers`. */
  readonly predicates: readonly PredicateQuestion[];
}

export type Rights = Granted | { readonly refusals: readonly Refusal[] };

/** The rights of one operation, read once for all of its requests. */
export interface OperationRights {
  /** Whether it asks anything personal, and so needs a purpose. */
  readonly personal: boolean;
  /** Whether it asks about the schema. */
  readonly asksSchema: boolean;
  /** Grants the whole of a request, or refuses it, with a word for each field that is not open. */
  check(request: RightsRequest): Rights;
}

/** Refusals of one request that are told: each is a sentence, and a query may have thousands of fields. */
const mostTold = 100;

/**
 * Reads what an operation asks, of whom, and on which variables that depends. All of it is found once; a
 * request then costs its personal numbers and its conditions.
 *
 * @param document a valid one, within the limits of `limits.ts`
 * @param operationName undefined where the document holds one operation
 * @throws {Error} where it does not hold the operation that is meant
 */
export function readRights(
  document: DocumentNode,
  operationName: string | undefined,
  rules: FieldRules,
  purposes: ReadonlyMap<string, Purpose>,
): OperationRights {
  const { fields, asksSchema, operation } = listAskedFields(document, operationName, rules);
  const personal = fields.filter(({ rule }) => rule?.impersonal !== true);
  const requiring = fields.filter(({ rule }) => (rule?.requirements.length ?? 0) > 0);
  const naming = listNamingArguments({ fields, operation }, rules);
  const days = listDays(personal, operation);
  const listFields = makeFieldList(personal);
  const listThirdPartyFields = makeFieldList(
    personal.filter(({ relation }) => relation === "thirdParty"),
  );
  const openFor = keepByPurpose(purposes, (purpose) => ({
    closed: findClosed(personal, purpose),
    predicates: listPredicates(personal, purpose, rules, operation),
  }));

  const check = (request: RightsRequest): Rights => {
    const { purpose, variables, day } = request;
    const asked = <T extends Pick<AskedField, "conditions">>(each: readonly T[]) =>
      each.filter((one) => isAsked(one, variables));
    const { closed, predicates } = openFor(purpose);
    const named = asked(naming).map((argument) => ({
      argument,
      numbers: argument.read(variables),
    }));
    const questions = askPredicates(asked(predicates), named, variables);
    const refusals = [
      ...asked(closed).map((field) => refuseClosed(field, purpose, purposes, day)),
      ...asked(requiring).flatMap((field) => refuseUnmetRequirements(field, request.grants)),
      ...(purpose ? refusePeople(named, purpose, request) : []),
      ...(purpose ? asked(days).flatMap((each) => refuseTooLongAgo(each, purpose, request)) : []),
      ...refuseTooManyPredicates(questions),
    ];
    if (refusals.length > 0) return { refusals: tellOnce(refusals) };
    return {
      people: [...new Set(named.flatMap(({ numbers }) => numbers))],
      fields: listFields(variables),
      thirdPartyFields: listThirdPartyFields(variables),
      predicates: questions,
    };
  };
  return { personal: personal.length > 0, asksSchema, check };
}

/** Keeps what depends on the purpose alone. Of purposes that are not on the list nothing is kept. */
function keepByPurpose<T>(
  purposes: ReadonlyMap<string, Purpose>,
  make: (purpose: Purpose | undefined) => T,
): (purpose: Purpose | undefined) => T {
  const kept = new Map<Purpose | undefined, T>();
  return (purpose) => {
    const known = kept.get(purpose);
    if (known !== undefined) return known;
    const made = make(purpose);
    if (purpose === undefined || purposes.get(purpose.code) === purpose) kept.set(purpose, made);
    return made;
  };
}

/** Lists coordinates once; where no variable decides which, always the same list. */
function makeFieldList(personal: readonly AskedField[]) {
  const list = (fields: readonly AskedField[]) => [
    ...new Set(fields.map(({ coordinate }) => coordinate)),
  ];
  if (personal.every(({ conditions }) => conditions.length === 0)) {
    const always = Object.freeze(list(personal));
    return () => always;
  }
  return (variables: Variables) => list(personal.filter((field) => isAsked(field, variables)));
}

/** One word for each field and code at a place: fragments and aliases may have it there many times. */
function tellOnce(refusals: readonly Refusal[]): readonly Refusal[] {
  const told = new Map<string, Refusal>();
  for (const refusal of refusals) {
    const id = JSON.stringify([refusal.path, refusal.message]);
    if (!told.has(id) && told.size < mostTold) told.set(id, refusal);
  }
  return [...told.values()];
}
