// The secret scanner over every result: what has the shape of a credential does not leave, whoever wrote it down. It knows
// shapes, not secrets: a password in plain words passes. Time is linear in the text, whatever the text. Pure.

export const REDACTED = "(redacted)";

/** Header lines (RFC 1421, RFC 9580 §6.2) and body and all, as far as it is there (RFC 7468). */
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?:\s|\\[nr]){1,4}(?:Proc-Type|DEK-Info|Version|Comment|MessageID|Hash|Charset): ?[^\r\n\\]{0,200}){0,8}[A-Za-z0-9+/=\\\s]*/g;
/** A token or code of ours, wherever it is (docs/operations.md has the pattern), and as an address spells it. */
const OURS = /dbr1_[\w-]{22}(?::|%(?:25)?3[Aa])[\w-]{1,64}(?::|%(?:25)?3[Aa])[\w-]+/g;
/** RFC 6750 §2.1. */
const BEARER = /\bbearer[ \t]{1,4}[\w.~+/=-]{20,}/gi;
/** Words joined by dots and colons, which is how tokens of several parts are written. */
const RUN = /[\w.:-]{16,}/g;
/** Exported for the test that none of them can go back over what it has read: repetition without end only at their end. */
export const SCANS: readonly RegExp[] = [PRIVATE_KEY, OURS, BEARER, RUN];

/** Credentials of one word, by the prefixes that their makers gave them so that scanners find them. */
const WORDS: readonly RegExp[] = [
  /^(?:AKIA|ASIA)[A-Z0-9]{16}$/, // AWS
  /^gh[oprsu]_\w{36,}$/, // GitHub
  /^github_pat_\w{22,}$/,
  /^glpat-[\w-]{20,}$/, // GitLab
  /^xox[abeoprs]-[\w-]{10,}$/, // Slack
  /^xapp-[\w-]{10,}$/,
  /^[rs]k_(?:live|test)_\w{16,}$/, // Stripe
  /^sk-(?=[a-z-]*[A-Z0-9])[\w-]{20,}$/, // OpenAI, Anthropic
  /^AIza[\w-]{35}$/, // Google
  /^npm_\w{36}$/,
  /^pypi-[\w-]{50,}$/,
  /^hf_\w{30,}$/, // Hugging Face
];

export function redact(text: string): string {
  return text
    .replace(PRIVATE_KEY, REDACTED)
    .replace(OURS, REDACTED)
    .replace(BEARER, (found) => (/\d/.test(found) ? `${found.slice(0, 6)} ${REDACTED}` : found))
    .replace(RUN, redactRun);
}

function redactRun(run: string): string {
  const parts = run.split(/([.:])/);
  const kept: string[] = [];
  for (let at = 0; at < parts.length; ) {
    const words = secretAt(parts, at);
    kept.push(words === 0 ? (parts[at] ?? "") : REDACTED);
    at += words === 0 ? 1 : 2 * words - 1;
  }
  return kept.join("");
}

/** How many words, from this one on, are one secret; `parts` are words and what stands between them, in turns. */
function secretAt(parts: readonly string[], at: number): number {
  const [word = "", dot, second = "", dot2, third = ""] = parts.slice(at, at + 5);
  const first = word.replace(/^[-_]+/, "");
  if (dot === "." && dot2 === ".") {
    // A JSON Web Token (RFC 7519): "eyJ" is how `{"` begins in base64url.
    if (first.startsWith("eyJ") && first.length >= 10 && second.length >= 10 && third.length >= 10) return 3;
    if (first === "SG" && second.length >= 16 && third.length >= 16) return 3; // SendGrid
  }
  if (dot === "." && first === "ya29" && second.length >= 20) return 2; // Google
  return WORDS.some((word) => word.test(first)) ? 1 : 0;
}
