import type { Sentence } from "../evidence/fault-words.ts";

type Child = Node | string;

/** Makes an element; texts become text, never markup. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

/** A sentence in Vietnamese, and below it in English. */
export function say({ vi, en }: Sentence): HTMLElement {
  return make("p", {}, vi, make("span", { lang: "en" }, en));
}

/** A heading in both languages. */
export function head(level: "h1" | "h2", { vi, en }: Sentence): HTMLElement {
  return make(level, {}, vi, make("span", { lang: "en" }, en));
}

/** What is told of something, in a list of terms. */
export function tell(entries: readonly (readonly [Sentence, string])[]): HTMLElement {
  return make(
    "dl",
    {},
    ...entries.map(([{ vi, en }, value]) =>
      make("div", {}, make("dt", {}, vi, make("span", { lang: "en" }, en)), make("dd", {}, value)),
    ),
  );
}

/** A verdict, in a frame of its colour. */
export function seal(verdict: "genuine" | "false", sentence: Sentence): HTMLElement {
  return make("div", { className: `seal ${verdict}` }, say(sentence));
}
