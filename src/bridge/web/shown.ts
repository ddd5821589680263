// What of a page a browser would show: an allow-list. Shown are the elements that are listed here, unless one of their attributes
// hides them; an inline style hides unless each of its declarations is known to be harmless. Class names are not looked at, for
// style sheets are not read. Pure.

import { asColour, contrast, INVISIBLE_CONTRAST } from "./colours.ts";

/** How the text of an element looks, as far as that decides whether anybody sees it. */
export interface Seen {
  readonly shown: boolean;
  /** Relative luminance of its letters and of what is behind them, 0 to 1. */
  readonly ink: number;
  readonly paper: number;
  /** Of its letters, in pixels. */
  readonly size: number;
  readonly opacity: number;
}

/** A page before anything is said: black letters of 16 pixels on white. */
export const PLAIN: Seen = { shown: true, ink: 0, paper: 1, size: 16, opacity: 1 };

export const words = (names: string): ReadonlySet<string> => new Set(names.split(" "));

/** Elements inside a line: whatever block is open keeps standing when one of them ends. */
export const INLINE = words(
  "a abbr acronym b bdi big cite code data del dfn em font i ins kbd label mark nobr q ruby s samp small span strike strong sub sup time tt u var",
);
export const BLOCK = words(
  "address article aside blockquote body button caption center col colgroup dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup html li main menu nav ol p pre search section summary table tbody td tfoot th thead title tr ul",
);
const OTHER = words("legend output rb rt rtc");
/** Elements without content; most of them are never text. */
export const VOID = words(
  "area base basefont bgsound br col embed frame hr image img input keygen link meta param source track wbr",
);

export type Attributes = ReadonlyMap<string, string>;

/** Whether text in this element is shown, and how it looks there. */
export function seenIn(parent: Seen, name: string, attributes: Attributes): Seen {
  const seen = styled(parent, name, attributes);
  const listed = INLINE.has(name) || BLOCK.has(name) || OTHER.has(name) || isCustom(name);
  if (!parent.shown || !listed || seen === undefined || isHidden(name, attributes)) return { ...parent, shown: false };
  return seen;
}

/** An element that only a script would make something of (HTML §4.13): without one it shows its content. */
function isCustom(name: string): boolean {
  return /^[a-z][a-z0-9._]*-[a-z0-9._-]*$/.test(name) && !RESERVED.has(name);
}
const RESERVED = words(
  "annotation-xml color-profile font-face font-face-src font-face-uri font-face-format font-face-name missing-glyph",
);

/** What says so itself; and what opens only at a click or by a script. */
function isHidden(name: string, attributes: Attributes): boolean {
  if (["hidden", "inert", "popover"].some((each) => attributes.has(each))) return true;
  if ((attributes.get("aria-hidden") ?? "false").trim().toLowerCase() !== "false") return true;
  // Of those that share a name only one is open.
  if (name === "details") return !attributes.has("open") || attributes.has("name");
  return name === "dialog" && !attributes.has("open");
}

type Mutable = { -readonly [Key in keyof Seen]: Seen[Key] };

/** Undefined: hidden, or nobody knows. */
function styled(parent: Seen, name: string, attributes: Attributes): Seen | undefined {
  const seen = { ...parent };
  const declarations = [...legacy(name, attributes), ...declarationsOf(attributes.get("style") ?? "")];
  for (const [property, value] of declarations) if (!apply(seen, parent, property, value)) return undefined;
  if (["link", "vlink", "alink"].some((each) => !legible(attributes.get(each), seen.paper))) return undefined;
  return seen;
}

function legible(colour: string | undefined, paper: number): boolean {
  if (colour === undefined) return true;
  const ink = asColour(colour);
  return ink !== undefined && contrast(ink, paper) >= INVISIBLE_CONTRAST;
}

const FONT_SIZES: Readonly<Record<string, string>> = {
  "1": "10px",
  "2": "13px",
  "3": "16px",
  "4": "18px",
  "5": "24px",
  "6": "32px",
  "7": "48px",
};

/** Attributes that were there before style sheets (HTML §15.3). */
function legacy(name: string, attributes: Attributes): readonly Declaration[] {
  const found: Declaration[] = [];
  const add = (attribute: string, property: string, read = (text: string) => text) => {
    const value = attributes.get(attribute);
    if (value !== undefined)
      found.push([
        property,
        read(
          value
            .trim()
            .toLowerCase()
            .replace(/^[\da-f]{6}$/, "#$&"),
        ),
      ]);
  };
  add("bgcolor", "background-color");
  add("background", "background-image");
  if (name === "font") {
    add("color", "color");
    add("size", "font-size", (size) => FONT_SIZES[size] ?? "unknown");
    add("face", "font-family");
  }
  if (name === "body") add("text", "color");
  return found;
}

type Declaration = readonly [property: string, value: string];
/** Longer ones are taken for a trick. */
const MAX_STYLE = 1_000;
const UNKNOWN: Declaration = ["unknown", ""];

function declarationsOf(style: string): readonly Declaration[] {
  if (style.length > MAX_STYLE) return [UNKNOWN];
  // A comment may span lines, and one that is never closed goes to the end (CSS Syntax §4.3.2).
  const bare = style.toLowerCase().replace(/\/\*.*?(?:\*\/|$)/gs, " ");
  // No escapes, no blocks, no `!important`: the last declaration of a property is the one that holds.
  if (/[^\w \t\n\r\f#%.,:;()'"+-]/.test(bare)) return [UNKNOWN];
  return bare.split(";").flatMap((text): readonly Declaration[] => {
    const [, property = "unknown", value = ""] = /^\s*([\w-]+)\s*:\s*(.*?)\s*$/s.exec(text) ?? [];
    return text.trim() === "" ? [] : [[property, value.replace(/\s+/g, " ")]];
  });
}

/** False: it hides, or nobody knows. */
function apply(seen: Mutable, parent: Seen, property: string, value: string): boolean {
  // What a variable does is judged where it is used: a value with `var()` is none that is known.
  if (property.startsWith("--")) return /^[\w #%.,+-]*$/.test(value);
  switch (property) {
    case "color": {
      const ink = value === "inherit" ? parent.ink : asColour(value);
      seen.ink = ink ?? seen.ink;
      return ink !== undefined;
    }
    case "background":
    case "background-color": {
      const through = value === "transparent" || (value === "none" && property === "background");
      const paper = through ? parent.paper : asColour(value);
      seen.paper = paper ?? seen.paper;
      return paper !== undefined;
    }
    case "font-size": {
      const size = sizeOf(value, parent.size);
      seen.size = size ?? seen.size;
      return size !== undefined;
    }
    case "opacity":
      seen.opacity *= /^(?:1|0?\.\d+)$/.test(value) ? Number(value) : 0;
      return true;
    default:
      return HARMLESS.some(([properties, values]) => properties.test(property) && values.test(value));
  }
}

/** Whether letters of this look would be noticed. */
export function isVisible({ shown, ink, paper, size, opacity }: Seen): boolean {
  return shown && contrast(ink, paper) >= INVISIBLE_CONTRAST && size >= 8 && size <= 200 && opacity >= 0.4;
}

const NAMED_SIZES: Readonly<Record<string, number>> = {
  "xx-small": 9,
  "x-small": 10,
  small: 13,
  medium: 16,
  large: 18,
  "x-large": 24,
  "xx-large": 32,
};
const PIXELS: Readonly<Record<string, number>> = { px: 1, pt: 4 / 3, rem: 16 };

function sizeOf(value: string, outer: number): number | undefined {
  if (Object.hasOwn(NAMED_SIZES, value)) return NAMED_SIZES[value];
  if (value === "inherit") return outer;
  if (value === "smaller") return outer * 0.83;
  if (value === "larger") return outer * 1.2;
  const [, number = "", unit = ""] = /^(\d{0,4}(?:\.\d{1,6})?)(px|pt|rem|em|%)$/.exec(value) ?? [];
  if (number === "" || number === ".") return undefined;
  const factor = PIXELS[unit] ?? (unit === "%" ? outer / 100 : outer);
  return Number(number) * factor;
}

const SMALL = String.raw`(?:0|auto|[01]?\d?\d?(?:\.\d+)?(?:px|pt)|\d?(?:\.\d+)?r?em|[1-4]?\d(?:\.\d+)?%)`;
const BIG = String.raw`(?:auto|none|(?:fit|max|min)-content|[89]px|[1-9]\d{1,3}(?:\.\d+)?px|(?:0?\.[5-9]\d*|[1-9]\d?(?:\.\d+)?)r?em|[1-9]\d(?:\.\d+)?%|100%|\d{2,3}ch)`;
const FONT =
  "(?:arial|helvetica(?: neue)?|verdana|tahoma|georgia|times(?: new roman)?|courier(?: new)?|calibri|cambria|consolas|menlo|monaco|segoe ui|roboto|open sans|trebuchet ms|system-ui|ui-monospace|-apple-system|blinkmacsystemfont|sans-serif|serif|monospace)";
const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);

/** Properties, and the values of them that hide nothing whatever stands around them. */
const HARMLESS: readonly (readonly [RegExp, RegExp])[] = [
  [
    whole(
      "font-(?:weight|style|variant)|text-(?:align|decoration|decoration-line|decoration-style|transform|wrap)|vertical-align|white-space|word-break|word-wrap|overflow-wrap|hyphens|list-style(?:-type|-position)?|cursor|float|clear|border-collapse|table-layout|caption-side|box-sizing|(?:justify|align)-(?:content|items|self)|flex-(?:direction|wrap)",
    ),
    /^[a-z -]+$/,
  ],
  [/^font-weight$/, /^[1-9]00$/],
  [/^display$/, /^(?:block|inline|flow-root|list-item|table(?:-row|-cell)?|(?:inline-)?(?:block|flex|grid))$/],
  [/^position$/, /^(?:static|relative)$/],
  [/^visibility$/, /^visible$/],
  [/^overflow(?:-[xy])?$/, /^(?:visible|auto|scroll)$/],
  [/^font-family$/, whole(`["']?${FONT}["']?(?:, ?["']?${FONT}["']?)*`)],
  [
    whole(
      "(?:margin|padding)(?:-(?:top|right|bottom|left|inline|block)(?:-(?:start|end))?)?|(?:row-|column-)?gap|text-indent|border-spacing",
    ),
    whole(`${SMALL}(?: ${SMALL}){0,3}`),
  ],
  [/^(?:max-|min-)?(?:width|height)$/, whole(BIG)],
  [/^min-(?:width|height)$/, /^0(?:px)?$/],
  [
    /^line-height$/,
    /^(?:normal|0|[12](?:\.\d+)?|0?\.[89]\d*|[1-9]\d(?:\.\d+)?px|(?:[89]\d|[12]\d\d)%|[12](?:\.\d+)?r?em)$/,
  ],
  [/^(?:letter|word)-spacing$/, /^(?:normal|0|-?0?\.0\d*r?em|0?\.\d+r?em|[0-5](?:\.\d+)?px)$/],
  [/^border(?:-(?:top|right|bottom|left))?(?:-(?:width|style|color|radius))?$/, /^(?:[\w #%.,-]|rgba?\([\d ,.%]*\))*$/],
  [/^(?:flex|flex-grow|flex-shrink|order)$/, /^(?:auto|none|\d+(?:\.\d+)?(?: \d+(?:\.\d+)?)?(?: (?:auto|\d+%))?)$/],
];
