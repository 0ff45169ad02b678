import type { Dossier } from "../support/truth.ts";

/** What the gateways stand before: the same four sectors for each. */
export interface Sources {
  /** What they are, for a heading. */
  readonly title: string;
  /** Where each sector answers. */
  readonly urls: Readonly<Record<string, string>>;
  /** Where the owner's meter has its doors; null where nobody counts. */
  readonly meter: string | null;
  /** Draws people for one gateway, each of them once for as long as there are others. */
  drawPeople(): () => string;
  /** Seconds after which the same gateway was given a person again, at the earliest; null where never. */
  askedAgainAfter(): number | null;
  /** Whether this is what the sectors know of that person. */
  isRight(pin: string, answer: Dossier): Promise<boolean>;
  /** The sectors' addresses with a count of the calls to each; other ones where counting takes time. */
  startCounting(): Promise<Counting>;
  stop(): Promise<void>;
}

/** The sectors, counting the calls that they get. */
export interface Counting {
  readonly urls: Readonly<Record<string, string>>;
  /** Calls to each sector so far. */
  readCalls(): Promise<Readonly<Record<string, number>>>;
  stop(): void;
}
