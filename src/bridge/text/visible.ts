// A stranger's text where it has to be told: whatever prints nothing, or changes how its neighbours print, is shown as its number.
// Raw, it could hide a part, turn it round, or write lines of its own. Pure.

/** Controls, bidi, zero-width, tags, fillers, line separators, halves of pairs, what is assigned to nobody. */
const ODD = "\\p{C}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800\\ufffc";
export const UNSEEN = new RegExp(`[${ODD}]`, "u");
const EACH = new RegExp(`[${ODD}]`, "gu");

export function codePoint(char: string): string {
  return `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

export function visible(text: string): string {
  return text.replace(EACH, (char) => `(${codePoint(char)})`);
}

/** JSON that reads the same and is plain ASCII: one line, in any terminal. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** An answer that can repeat what was sent, such as an id: nothing of that stands in it as it came. */
export function plainAnswer(body: object, { status = 200, headers = {} }: ResponseInit = {}): Response {
  const answer = new Response(plainJson(body), { status, headers });
  answer.headers.set("content-type", "application/json");
  return answer;
}
