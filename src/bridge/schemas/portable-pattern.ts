// A pattern of a tool's schema, written anew in the part of the syntax that Python `re`, JavaScript with and without the u flag, RE2
// and Go read alike. It may match more than before, never less: what is advertised is a hint, and the tool's own schema is what is
// checked. A model's API refuses the whole catalogue for one pattern that it cannot compile. Pure.

import {
  type CodePoints,
  classOf,
  codePoints,
  complement,
  DIGITS,
  LINE_ENDS,
  literal,
  SPACE,
  union,
  WORD,
} from "./code-points.ts";

/** RE2 and Go refuse more repetitions; nested ones are multiplied. */
const MAX_REPEATS = 1000;

const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, "0": 0 };
const CLASSES: Readonly<Record<string, CodePoints>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};

interface Piece {
  readonly text: string;
  readonly repeats: number;
  /**
   * solid: one character that is not astral, or an anchor. bare: nothing that can be repeated.
   * open: a class that has the astral characters, each of which is one unit or two; `some` when it must match something.
   */
  readonly kind: "solid" | "plain" | "bare" | "open" | "some";
  readonly lazy?: string;
}

const NOTHING: Piece = { text: "", repeats: 1, kind: "bare" };
const BAR: Piece = { text: "|", repeats: 1, kind: "bare" };

/** Something that cannot be said portably. */
class Unportable extends Error {}

/** Undefined when there is none. `flags`: those of the regular expression, which JSON Schema cannot say. */
export function portablePattern(source: string, flags = ""): string | undefined {
  // Letters of both cases, and the set operations of v.
  if (/[iv]/.test(flags) || !compiles(source, flags.includes("u") ? ["u"] : ["", "u"])) return undefined;
  const reader = new PatternReader(source, flags);
  try {
    const { text } = reader.alternatives();
    const fit = reader.done() && text !== "" && compiles(text, [""]) && compiles(text, ["u"]);
    return fit ? text : undefined;
  } catch (error) {
    if (error instanceof Unportable) return undefined;
    throw error;
  }
}

/** Whether it is a regular expression at all, under one of these flags. */
function compiles(source: string, flags: readonly string[]): boolean {
  return flags.some((each) => {
    try {
      return new RegExp(source, each) instanceof RegExp;
    } catch {
      return false;
    }
  });
}

class PatternReader {
  readonly #source: string;
  readonly #flags: string;
  #at = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = flags;
  }

  done(): boolean {
    return this.#at === this.#source.length;
  }

  alternatives(depth = 0): Piece {
    const pieces: Piece[] = [];
    while (!this.done() && !this.#rest().startsWith(")")) {
      const bar = this.#take(/^\|/) !== undefined;
      const piece = bar ? BAR : this.#quantified(this.#piece(depth));
      if (piece.text !== "") pieces.push(piece);
    }
    // An astral character in two halves is no two characters: beside what may match the other half, none is asked for.
    const isWall = (piece: Piece | undefined) =>
      piece === undefined || piece === BAR ? depth === 0 : piece.kind === "solid" || piece.kind === "bare";
    const texts = pieces.map(({ text, kind, lazy = "" }, at) => {
      if (kind !== "open" && kind !== "some") return text;
      const walled = isWall(pieces[at - 1]) && isWall(pieces[at + 1]);
      return `${text}${kind === "some" && walled ? "+" : "*"}${lazy}`;
    });
    return { text: texts.join(""), repeats: Math.max(1, ...pieces.map(({ repeats }) => repeats)), kind: "plain" };
  }

  #rest(): string {
    return this.#source.slice(this.#at);
  }

  #take(what: RegExp): RegExpExecArray | undefined {
    const found = what.exec(this.#rest());
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #piece(depth: number): Piece {
    const [anchor] = this.#take(/^[\^$]/) ?? [];
    // Of each line: left out, which matches more.
    if (anchor !== undefined) return this.#flags.includes("m") ? NOTHING : { ...NOTHING, text: anchor };
    if (this.#take(/^\(\?<?[=!]/) !== undefined) {
      this.#group(depth);
      return NOTHING;
    }
    if (this.#take(/^\((?:\?:|\?<[^>]*>)?(?!\?)/) !== undefined) {
      const { text, repeats } = this.#group(depth);
      return { text: `(?:${text})`, repeats, kind: "plain" };
    }
    if (this.#take(/^\\[bB]/) !== undefined) return NOTHING;
    if (this.#take(/^\./) !== undefined) return inClass(this.#flags.includes("s") ? ANY : complement(LINE_ENDS));
    if (this.#take(/^\[/) !== undefined) return inClass(this.#members());
    const [pair] = this.#take(/^[\uD800-\uDBFF][\uDC00-\uDFFF]/) ?? [];
    // Not to be repeated: without the u flag only its second half would be.
    if (pair !== undefined) return { ...NOTHING, text: pair };
    const found = this.#character(/^[^\\^$.*+?()[{|]/);
    if (typeof found !== "number") return inClass(found);
    return { text: literal(found), repeats: 1, kind: "solid" };
  }

  #group(depth: number): Piece {
    const inner = this.alternatives(depth + 1);
    if (this.#take(/^\)/) === undefined) throw new Unportable();
    return inner;
  }

  #quantified(piece: Piece): Piece {
    const found = this.#take(/^(?:[*+?]|\{(\d+)(,?)(\d*)\})(\??)/);
    if (found === undefined) return piece;
    const [all, least, , most, lazy = ""] = found;
    if (piece.kind === "bare") throw new Unportable();
    const none = /^[*?]/.test(all) || (least !== undefined && Number(least) === 0);
    // How many units an astral character has differs: as many as there may be, which matches more.
    if (piece.kind === "some") return { ...piece, kind: none ? "open" : "some", lazy };
    const repeats = piece.repeats * Math.max(1, Number(most || least || 1));
    if (repeats > MAX_REPEATS) throw new Unportable();
    return { text: piece.text + all, repeats, kind: none ? "plain" : piece.kind };
  }

  /** A character, or the class that an escape stands for. */
  #character(plain: RegExp): number | CodePoints {
    const [raw] = this.#take(plain) ?? [];
    if (raw !== undefined) return outsideSurrogates(raw.charCodeAt(0));
    const [, hex] =
      this.#take(/^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/)?.filter((part) => part !== undefined) ?? [];
    if (hex !== undefined) return outsideSurrogates(Number.parseInt(hex, 16));
    const [, named] = this.#take(/^\\([dDwWsSnrtfv]|0(?!\d))/) ?? [];
    if (named !== undefined) return CLASSES[named] ?? CONTROLS[named] ?? 0;
    const [, itself] = this.#take(/^\\([!-/:-@[-`{-~ ])/) ?? [];
    if (itself !== undefined) return itself.charCodeAt(0);
    throw new Unportable();
  }

  /** What stands between brackets. */
  #members(): CodePoints {
    const negated = this.#take(/^\^/) !== undefined;
    const sets: CodePoints[] = [];
    while (this.#take(/^\]/) === undefined) {
      if (this.done()) throw new Unportable();
      const first = this.#member();
      const ranged = typeof first === "number" && this.#take(/^-(?!\])/) !== undefined;
      const last = ranged ? this.#member() : first;
      if (typeof first === "number" && typeof last === "number") sets.push(rangeOf(first, last));
      // `[a-\d]`, which only JavaScript without the u flag takes.
      else if (ranged || typeof first === "number") throw new Unportable();
      else sets.push(first);
    }
    const all = union(sets);
    return negated ? complement(all) : all;
  }

  #member(): number | CodePoints {
    // A backspace, in a class.
    return this.#take(/^\\b/) === undefined ? this.#character(/^[^\\\]]/) : 8;
  }
}

const ANY = complement(codePoints());

function inClass(set: CodePoints): Piece {
  const text = classOf(set);
  if (text === undefined) throw new Unportable();
  return { text, repeats: 1, kind: set.astral ? "some" : "solid" };
}

function rangeOf(first: number, last: number): CodePoints {
  // Across the surrogates it means one thing with the u flag and another without.
  if (first < 0xd800 && last > 0xdfff) throw new Unportable();
  return codePoints([first, last]);
}

function outsideSurrogates(code: number): number {
  if (code >= 0xd800 && code <= 0xdfff) throw new Unportable();
  return code;
}
