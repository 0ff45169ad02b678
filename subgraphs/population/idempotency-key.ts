/** A call's key, and the lease that it belongs to where it has the form `<lease id>.<number>`. */
export interface IdempotencyKey {
  readonly key: string;
  readonly lease: string | null;
}

/** What a key or a lease's id may be, for a sentence. */
export const keyForm = "a text of 1 to 200 visible ASCII characters";

/** Null where the text cannot be a key. */
export function readIdempotencyKey(text: unknown): IdempotencyKey | null {
  if (!isKeyText(text)) return null;
  return { key: text, lease: /^(.+)\.[0-9]+$/.exec(text)?.[1] ?? null };
}

/** Whether this may be a key, or a lease's id. */
export function isKeyText(text: unknown): text is string {
  return typeof text === "string" && /^[!-~]{1,200}$/.test(text);
}
