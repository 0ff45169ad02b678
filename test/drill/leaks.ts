/** What a broken source says of itself, and nobody else may hear. */
export const strangeWords = "relation secret_register at 10.20.30.40 does not exist";

/** Addresses, words of sources and of the machinery, which no answer may hold. */
const inside =
  /secret_register|10\.20\.30\.40|127\.0\.0\.1|localhost|ECONN|UND_ERR|serviceName|stacktrace|__lt_|@lost/;

/** Whether an answer tells something of the inside. */
export function leaks(text: string): boolean {
  return inside.test(text);
}

/** Whether a line of a log holds a personal number. */
export function namesSomebody(line: string): boolean {
  return /(?<![0-9a-f.-])[0-9]{12}(?![0-9a-f.-])/.test(line);
}
