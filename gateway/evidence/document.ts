import type { Json } from "../../schema/canonical-json.ts";
import { findRepeatedKey } from "../../schema/repeated-key.ts";
import type { Question } from "./commitment.ts";
import type { EvidenceDocument } from "./verify.ts";

/** Why a text is no document; the message tells a reader what to do. */
export class NotADocument extends Error {
  override readonly name = "NotADocument";
}

/**
 * Reads a document: an answer of `POST /graphql` as it came and was saved, whose `extensions.evidence` holds
 * what it is proven by. All the rest of it is what was signed.
 *
 * @throws {NotADocument} with a sentence that quotes nothing of it
 */
export function readDocument(text: string): EvidenceDocument {
  const { extensions, ...rest } = readObject(text);
  const { evidence, ...otherExtensions } = Object(extensions) as Record<string, Json>;
  const { id, jws, salt, people, question } = Object(evidence) as Record<string, unknown>;
  if (
    typeof id !== "string" ||
    typeof jws !== "string" ||
    typeof salt !== "string" ||
    !isListOfTexts(people) ||
    !isQuestion(question)
  )
    throw new NotADocument(
      "This is no signed answer: it lacks `extensions.evidence` with `id`, `jws`, `salt`, `people` and `question`. Take the file as the officer's program saved it.",
    );
  return { id, jws, salt, people, question, answer: { ...rest, extensions: otherExtensions } };
}

function readObject(text: string): Record<string, Json> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would quote the document.
    throw new NotADocument(
      "This is no JSON. Take the file as the officer's program saved it, not a print of it.",
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new NotADocument("This is no answer: it must be a JSON object.");
  // A program that shows the first of two would show something else than was signed.
  if (findRepeatedKey(text) !== undefined)
    throw new NotADocument(
      "This document says something twice, and can be read in two ways. Do not rely on it.",
    );
  return value as Record<string, Json>;
}

function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isQuestion(value: unknown): value is Question {
  const { operation, variables } = Object(value) as Record<string, unknown>;
  return (
    typeof operation === "string" &&
    typeof variables === "object" &&
    variables !== null &&
    !Array.isArray(variables)
  );
}
