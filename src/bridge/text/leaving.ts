// What a result goes through before it leaves: credentials are taken out, and what others wrote is cleaned and marked. Pure.

import { redact } from "./redact.ts";
import { clean, type JsonObject, mapMembers, markUntrusted } from "./untrusted.ts";

export interface Leaving {
  readonly output: JsonObject;
  /** What the model reads: the output as JSON, after a notice if others wrote it. */
  readonly text: string;
  /** Who else wrote it; nobody, when it is the user's own. */
  readonly sources: readonly string[];
}

export function outputLeaving(output: JsonObject, sources: readonly string[], boundary: string): Leaving {
  if (sources.length === 0) {
    const own = mapMembers(output, redactOwn);
    return { output: own, text: JSON.stringify(own), sources: [] };
  }
  const safe = mapMembers(output, redactForeign);
  const marked = markUntrusted(safe, sources, boundary);
  return { output: marked.output, text: `${marked.notice}\n${JSON.stringify(marked.output)}`, sources: marked.sources };
}

/** Words of a tool that failed. */
export function wordsLeaving(words: string, sources: readonly string[]): string {
  return sources.length === 0 ? redactOwn(words) : redactForeign(words);
}

/** A lone surrogate has no UTF-8: clients that read it into one fail (RFC 8259 §8.2). */
function redactOwn(text: string): string {
  return redact(text.toWellFormed());
}

/** Cleaned first: a credential must not be hidden from the scanner by what is invisible. */
function redactForeign(text: string): string {
  return redact(clean(text));
}
