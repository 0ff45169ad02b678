/** Why a request is not answered, as data: `gateway/errors.ts` knows the codes, and a door words the error. */
export interface Refusal {
  readonly code: "BAD_USER_INPUT" | "FORBIDDEN" | "PURPOSE_REQUIRED";
  /** What was expected, what came, what to do next. Repeats nothing that the asker has sent. */
  readonly message: string;
  /** Response path of the field that is refused; undefined where the whole request is. */
  readonly path?: readonly string[];
  /** Become further extensions of the error. */
  readonly details: RefusalDetails;
}

export interface RefusalDetails {
  /** Coordinate of the field that is refused, such as `Citizen.healthInsurance`. */
  readonly field?: string;
  /** What the request lacks: the name of a header, or of a claim of its token, or `purpose`. */
  readonly missing?: string;
  /** Codes of the purposes that would allow it. */
  readonly purposes?: readonly string[];
  /** Acts and articles by which they would. */
  readonly ground?: string;
}
