/** The time that a process goes by, handed in so that tests hold it in their hands. */
export interface QuotaClock {
  /** Milliseconds since 1970 by the machine's clock; may jump. */
  now(): number;
  /** Milliseconds that never go back nor jump, since whenever. */
  monotonic(): number;
  /** Runs once when so many milliseconds have passed; the result calls it off. */
  after(milliseconds: number, run: () => void): () => void;
}
