// Sets of characters, as a class of a regular expression names them. The astral planes are all in or all out: JavaScript without
// the u flag cannot name one of their characters in a class. Pure.

/** First and last code point, both in it. */
type Range = readonly [number, number];

export interface CodePoints {
  /** Sorted, apart from each other, outside of the surrogates. */
  readonly ranges: readonly Range[];
  readonly astral: boolean;
}

const LAST = 0xffff;
const SURROGATES: Range = [0xd800, 0xdfff];

export function codePoints(...ranges: readonly Range[]): CodePoints {
  return { ranges: merge(ranges), astral: false };
}

export function union(sets: readonly CodePoints[]): CodePoints {
  return { ranges: merge(sets.flatMap(({ ranges }) => ranges)), astral: sets.some(({ astral }) => astral) };
}

export function complement({ ranges, astral }: CodePoints): CodePoints {
  const gaps: Range[] = [];
  let next = 0;
  for (const [first, last] of merge([...ranges, SURROGATES])) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) gaps.push([next, LAST]);
  return { ranges: gaps, astral: !astral };
}

/** `\d`, `\w` and `\s` as JavaScript reads them. Python and RE2 read them otherwise, so they are written out. */
export const DIGITS = codePoints([0x30, 0x39]);
export const WORD = codePoints([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);
export const SPACE = codePoints(
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
);
/** What `.` does not match. */
export const LINE_ENDS = codePoints([0x0a, 0x0a], [0x0d, 0x0d], [0x2028, 0x2029]);

/** A class that all dialects read alike; undefined when the set is empty. */
export function classOf(set: CodePoints): string | undefined {
  const shown = set.astral ? complement(set).ranges : set.ranges;
  if (shown.length === 0) return set.astral ? "[\\s\\S]" : undefined;
  const text = shown.map(([first, last]) => {
    const between = last > first + 1 ? "-" : "";
    return first === last ? member(first) : `${member(first)}${between}${member(last)}`;
  });
  return `[${set.astral ? "^" : ""}${text.join("")}]`;
}

/** One character outside of a class. */
export function literal(code: number): string {
  return escaped(code, "^$\\.*+?()[]{}|");
}

function member(code: number): string {
  return escaped(code, "\\[]^-");
}

function escaped(code: number, syntax: string): string {
  if (code < 0x20 || (code >= 0x7f && code <= 0xff)) return `\\x${code.toString(16).padStart(2, "0")}`;
  const text = String.fromCharCode(code);
  return syntax.includes(text) ? `\\${text}` : text;
}

function merge(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) {
      merged[merged.length - 1] = [previous[0], Math.max(previous[1], last)];
    } else {
      merged.push([first, last]);
    }
  }
  return merged;
}
