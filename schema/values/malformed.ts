/**
 * What every parser of this folder throws when it refuses a text.
 *
 * The message is a sentence for the person who typed it. It never repeats the whole text: a personal
 * number must not reach a log by way of an error.
 */
export class Malformed extends Error {
  override readonly name = "Malformed";
  /** Where the mistake stands, counted in characters from 1; undefined where it has no one place. */
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.position = position;
  }
}
