// The secret scanner over every result: it takes out what has the shape of a credential. Letters that print nothing are ignored, and wide
// or styled letters count as plain ones. It knows shapes, not secrets: a password in plain words passes. Time is linear in the text, whatever the text. Pure.

import { blotRun } from "./credentials.ts";
import { isWords } from "./prose.ts";

/** Stands where a credential was: nobody writes it by accident, and what carries it must not be written back (decide.ts). */
export const REDACTED = "(drawbridge:redacted)";

/** What the reader of a result is told of it. */
export const REDACTED_NOTICE = `Where it says ${REDACTED}, the bridge took out what looks like a secret. Do not write this text back: a call that changes something is denied while its arguments carry the mark.`;

/** Whether any text of it, keys included, carries the mark; also one that lost its brackets, or was written in capitals. */
export function carriesRedacted(value: unknown): boolean {
  const texts: string[] = [];
  JSON.stringify(value, (key, member: unknown) => {
    texts.push(key, typeof member === "string" ? member : "");
    return member;
  });
  return texts.some((text) => /drawbridge(?::|%3a)redacted/i.test(readAs(text).plain));
}

/** RFC 7468, RFC 9580 §6.2, and RFC 4716 with its four hyphens. */
const KEY_MARK = /-{4,5} ?(BEGIN|END) [A-Z0-9 ]{0,40}(?:PRIVATE|SECRET) KEY(?: BLOCK)? ?-{4,5}/gi;
/** Longer than any key: an END that is further away belongs to something else. */
const LONGEST_KEY = 20_000;
/** A key without its end: header lines (RFC 1421, RFC 9580) and body, as far as it is there. */
const KEY_BODY =
  /(?:(?:\s|\\[nr]){1,4}(?:Proc-Type|DEK-Info|Version|Comment|MessageID|Hash|Charset): ?[^\r\n\\]{0,200}){0,8}[A-Za-z0-9+/=\\\s]*/gy;
/** The private part of PuTTY's format. */
const PUTTY = /Private-Lines:[ \t]{0,4}\d{1,4}[A-Za-z0-9+/=\\\s]*/g;
/** The private or symmetric members of a JSON Web Key (RFC 7518 §6), also where the JSON is quoted in JSON. */
const JWK = /(\\{0,3}"(?:d|p|q|dp|dq|qi|k)\\{0,3}"\s{0,8}:\s{0,8}\\{0,3}")[\w-]{20,}/g;
/** A token or code of ours, wherever it is (docs/operations.md has the pattern), and as an address spells it; an operator's. */
const OURS = /dbr1_[\w-]{22}(?::|%(?:25)?3a)[\w-]{1,64}(?::|%(?:25)?3a)[\w-]+|dbop_[\w-]{20,}/gi;
/** RFC 6750 §2.1, RFC 7617. */
const AUTHORIZATION =
  /\b((?:authorization(?:\\{0,3}["'])?\s{0,4}[:=]\s{0,4}(?:\\{0,3}["'])?)?(?:bearer|basic)[ \t]{1,4})[\w.~+/=-]{20,}/gi;
/** Keys without a shape of their own, by the names that clouds give them. */
const NAMED =
  /((?:aws_?secret_?(?:access_?)?key|secret_?access_?key|account_?key|shared_?access_?key|client_?secret|private_?key|secret_?key|signing_?key|session_?token|id_?token|passw(?:or)?d|api_?(?:key|secret|token)|access_?token|refresh_?token|auth_?token)(?:\\{0,3}["'])?\s{0,4}(?:[:=]|=>)\s{0,4}(?:\\{0,3}["'])?)[\w+/.~=-]{20,}/gi;
/** A webhook's address is all that it takes to post to it. */
const WEBHOOK =
  /hooks\.slack\.com\/(?:services|workflows)\/[\w/]{20,}|discord(?:app)?\.com\/api\/webhooks\/\d{1,30}\/[\w-]{20,}/gi;
/** Words joined by dots and colons, which is how tokens of several parts are written. */
const RUN = /[\w.:-]{16,}/g;
/** Exported for the test that none of them can go back over what it has read: repetition without end only at their end. */
export const SCANS: readonly RegExp[] = [KEY_MARK, KEY_BODY, PUTTY, JWK, OURS, AUTHORIZATION, NAMED, WEBHOOK, RUN];

/** What prints nothing, and marks on letters. Line ends and tabs stay. */
const UNSEEN = /[^\P{C}\n\r\t]|[\p{Default_Ignorable_Code_Point}\p{M}\u2800\ufffc]/u;
/** Never in a text that was read: it is a control. */
const BLOT = "\0";

export function redact(text: string): string {
  const read = /^[\n\r\t\x20-\x7e]*$/.test(text) ? { plain: text, at: undefined } : readAs(text);
  const blotted = blotKeys(read.plain)
    .replace(PUTTY, blot)
    .replace(JWK, blotAfter)
    .replace(OURS, blot)
    .replace(AUTHORIZATION, blotUnlessWords)
    .replace(NAMED, blotUnlessWords)
    .replace(WEBHOOK, blot)
    .replace(RUN, (run) => blotRun(run, blot));
  if (!blotted.includes(BLOT)) return text;
  const { at } = read;
  const kept: string[] = [];
  let from = 0;
  for (const { index, 0: secret } of blotted.matchAll(/\0+/g)) {
    const end = index + secret.length;
    kept.push(text.slice(from, at?.[index] ?? index), REDACTED);
    from = at?.[end] ?? end;
  }
  return kept.join("") + text.slice(from);
}

function blot(found: string): string {
  return BLOT.repeat(found.length);
}

function blotAfter(found: string, name: string): string {
  return name + blot(found.slice(name.length));
}

/** Letters alone can be prose: words after "bearer", and several of them after the name of a key. */
function blotUnlessWords(found: string, name: string): string {
  const value = found.slice(name.length);
  const single = !/[-._/]/.test(value.replace(/\W+$/, ""));
  const named = !/^(?:bearer|basic)/i.test(name);
  return (named && single) || !isWords(value) ? blotAfter(found, name) : found;
}

interface Read {
  readonly plain: string;
  /** Where in the text each unit of `plain` stands, and at the end its length. */
  readonly at: Uint32Array | undefined;
}

/** Letter by letter, so that what is found is found again in the text. */
function readAs(text: string): Read {
  const plain: string[] = [];
  const at = new Uint32Array(text.length + 1);
  let read = 0;
  let index = 0;
  for (const char of text) {
    if (!UNSEEN.test(char)) {
      const folded = char.normalize("NFKC");
      const shown = /^[\x20-\x7e]$/.test(folded) ? folded : char;
      for (let unit = 0; unit < shown.length; unit++) at[read++] = index + unit;
      plain.push(shown);
    }
    index += char.length;
  }
  at[read] = text.length;
  return { plain: plain.join(""), at };
}

/** From BEGIN to the END that follows, whatever stands between (quotes, commas, `>`); without it, as far as it looks like one. */
function blotKeys(text: string): string {
  const marks = [...text.matchAll(KEY_MARK)];
  const kept: string[] = [];
  let from = 0;
  for (const [number, { index, 0: mark, 1: word }] of marks.entries()) {
    if (index < from || word?.toUpperCase() !== "BEGIN") continue;
    const next = marks[number + 1];
    let end = index + mark.length;
    if (next?.[1]?.toUpperCase() === "END" && next.index - end <= LONGEST_KEY) end = next.index + next[0].length;
    else {
      KEY_BODY.lastIndex = end;
      end += KEY_BODY.exec(text)?.[0].length ?? 0;
    }
    kept.push(text.slice(from, index), blot(text.slice(index, end)));
    from = end;
  }
  return kept.join("") + text.slice(from);
}
