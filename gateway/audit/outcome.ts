/** An answer, as far as it tells how a request ended. */
export interface AnsweredWith {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly path?: readonly (string | number)[] | undefined }[];
}

/**
 * How a request ended for one person: `not-found` where the register said that there is nobody,
 * `partial` where something was lost, `abandoned` where nobody waited for it any more.
 */
export type AccessOutcome = "answered" | "partial" | "not-found" | "abandoned" | "failed";

/** How a request ended as a whole. */
export function judgeOutcome({ data, errors = [] }: AnsweredWith, gone: boolean): AccessOutcome {
  if (gone) return "abandoned";
  if (data === undefined || data === null) return "failed";
  if (errors.length > 0) return "partial";
  return Object.values(data).every((value) => value === null) ? "not-found" : "answered";
}

/**
 * How it ended for each of those whom it names. Where one list answers for all of them, an item each,
 * every one has its own outcome; elsewhere they have the request's.
 */
export function listOutcomes(
  result: AnsweredWith,
  people: number,
  gone: boolean,
): readonly AccessOutcome[] {
  const whole = judgeOutcome(result, gone);
  const { data, errors = [] } = result;
  const [[key, list] = [], ...others] = Object.entries(data ?? {});
  if (gone || others.length > 0 || !Array.isArray(list) || list.length !== people)
    return Array.from({ length: people }, () => whole);
  return list.map((item, place) => {
    const lost = errors.some(
      ({ path }) => path === undefined || (path[0] === key && (path[1] ?? place) === place),
    );
    if (lost) return "partial";
    return item === null ? "not-found" : "answered";
  });
}
