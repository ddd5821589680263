// HTML as the text that a user would read of it; what is shown of a page says shown.ts. It reads markup, not style sheets: what a
// class hides is still text. Uses the runtime's HTMLRewriter, in one pass.

import { decodeReferences } from "./references.ts";
import { type Attributes, BLOCK, INLINE, isVisible, PLAIN, type Seen, seenIn, VOID, words } from "./shown.ts";

/** Elements that stand on lines of their own. */
const LINES = words(
  "address article aside blockquote caption center dd details dialog div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup legend main menu nav ol p pre search section summary table tr ul",
);
const MARKS: Readonly<Record<string, string>> = { br: "\n", hr: "\n", li: "\n- ", td: " | ", th: " | " };
/** Each piece of text or markup costs a call, and half a megabyte of HTML can have a quarter of a million. */
const MAX_PIECES = 100_000;

export interface PageText {
  readonly title: string;
  readonly text: string;
}

/** Undefined when it is too intricate: nested too deeply for the parser's memory, or cut into too many pieces. */
export async function readHtml(html: string): Promise<PageText | undefined> {
  try {
    const reading = new Reading();
    const response = new Response(html, { headers: { "content-type": "text/html;charset=utf-8" } });
    const rewriter = new HTMLRewriter()
      .on("*", { element: (element) => reading.start(element) })
      .onDocument({ text: (chunk) => reading.read(chunk) });
    await rewriter.transform(response).arrayBuffer();
    return { title: (reading.title ?? "").replace(/\s+/g, " ").trim(), text: tidy(reading.parts.join("")) };
  } catch {
    return undefined;
  }
}

/** An element that has begun and, as far as anybody can tell, not ended. */
interface Open {
  readonly name: string;
  seen: Seen;
  /** Text in it is hidden, or looks different from the text around it. */
  readonly differs: boolean;
  /** It would hide text, or change its look, wherever it stood. */
  readonly marked: boolean;
  /** What of the page stands before it. */
  readonly from: number;
  readonly preformatted: boolean;
  /** In a picture or a formula, where other rules hold (HTML §13.2.6.5). */
  readonly foreign: boolean;
  /** How its first summary looks, which is shown even when the rest is not (HTML §4.11.1). */
  forSummary?: Seen | undefined;
  ended?: true;
}

/** Those whose end tags may be left out, and the elements that then end them (HTML §13.1.2.4), as far as that is certain. */
const ENDED_BY: Readonly<Record<string, ReadonlySet<string>>> = {
  p: words(
    "address article aside blockquote center details div dl fieldset figcaption figure footer h1 h2 h3 h4 h5 h6 header hr main menu nav ol p pre section ul",
  ),
  li: words("li"),
  dt: words("dt dd"),
  dd: words("dt dd"),
  tr: words("tr tbody tfoot"),
  td: words("td th tr tbody tfoot"),
  th: words("td th tr tbody tfoot"),
};
const TABLE_PARTS = words("caption colgroup tbody td tfoot th thead tr");
/** Like what stands in a line, they end with whatever is around them. */
const ORDINARY = words("legend optgroup option output rb rp rt rtc");
const IN_FOREIGN = words(
  "circle clippath defs ellipse filter g line lineargradient marker mask mfrac mrow path pattern polygon polyline radialgradient rect stop svg symbol text tspan use",
);
const HTML_IN_FOREIGN = words("annotation-xml desc foreignobject mi mn mo ms mtext title");

class Reading {
  readonly parts: string[] = [];
  title: string | undefined;
  readonly #open: Open[] = [
    { name: "", seen: PLAIN, differs: false, marked: false, from: 0, preformatted: false, foreign: false },
  ];
  /** What the end tag at hand ends without being theirs, and whether anything of that hides. */
  #dangling: Open[] = [];
  #hiding = false;
  /** Nobody knows what is shown from here on. */
  #lost = false;
  #begun = false;
  #raw = "";
  #pieces = 0;

  get #here(): Open {
    const here = this.#open.at(-1);
    if (here === undefined) throw new RangeError("nothing is open");
    return here;
  }

  #count(): void {
    if (++this.#pieces > MAX_PIECES) throw new RangeError("too many pieces");
  }

  #write(text: string): void {
    if (!this.#lost && isVisible(this.#here.seen)) this.parts.push(text);
  }

  start(element: Element): void {
    this.#count();
    const name = element.tagName;
    while (ENDED_BY[this.#here.name]?.has(name)) this.#close();
    const outer = this.#here;
    const attributes = attributesOf(element);
    const around = (name === "summary" ? outer.forSummary : undefined) ?? outer.seen;
    if (name === "summary") outer.forSummary = undefined;
    const seen = seenIn(around, name, attributes);
    const differs = !isSame(seen, outer.seen);
    const hides = around.shown && !seen.shown;
    // The attributes of a later `<body>` are the first one's too; a column has its cells, and a shadow stands in for what its host has.
    if (name === "html" || name === "body") {
      const whole = seenIn(PLAIN, name, attributes);
      if (!whole.shown || (this.#begun && !isSame(whole, PLAIN))) this.#hideFrom("");
    }
    if ((name === "col" || name === "colgroup") && hides) this.#hideFrom("table");
    if (name === "template" && attributes.has("shadowrootmode")) this.#hideFrom(outer.name);
    const heading = /^h[1-6]$/.test(name) ? `\n\n${"#".repeat(Number(name[1]))} ` : "\n";
    this.#write(LINES.has(name) ? heading : (MARKS[name] ?? ""));
    if (VOID.has(name)) return;
    const foreign = name === "svg" || name === "math" || (outer.foreign && !HTML_IN_FOREIGN.has(name));
    const preformatted = outer.preformatted || name === "pre";
    const marked = !isSame(seenIn(PLAIN, foreign ? "b" : name, attributes), PLAIN);
    const open: Open = { name, seen, differs, marked, from: this.parts.length, preformatted, foreign };
    if (name === "details") open.forSummary = seenIn(around, "div", attributes);
    try {
      element.onEndTag((tag) => this.#end(open, tag.name));
    } catch {
      // In pictures and formulas an element can end itself.
      return;
    }
    this.#open.push(open);
    // These have no end; and where HTML stands in a picture, the picture is over.
    if (name === "frameset" || name === "plaintext" || (foreign && isHtml(name))) this.#lost = true;
  }

  #close(): void {
    if (LINES.has(this.#here.name)) this.#write("\n");
    this.#here.ended = true;
    this.#open.pop();
  }

  /** Called for whatever an end tag ends, from the inside out. */
  #end(open: Open, tag: string): void {
    const known = open.ended === undefined;
    if (known) {
      this.#hiding ||= open.differs || !this.#here.seen.shown;
      while (open.ended === undefined) this.#close();
    }
    if (open.name !== tag) return void (known && this.#dangling.push(open));
    if (this.#hiding && this.#dangling.length > 0 && !(known && this.#endsAll(open))) this.#lost = true;
    this.#dangling = [];
    this.#hiding = false;
  }

  /**
   * Whether a browser ends everything else too that is open in an element when it ends. What stays open goes on hiding what
   * follows (HTML §13.2.6.4.7): blocks when something in a line ends, what a cell or a picture holds, styles of letters.
   */
  #endsAll({ name, foreign }: Open): boolean {
    const names = this.#dangling.map((open) => open.name);
    if (name === "template") return true;
    if (foreign) return this.#dangling.every((open) => IN_FOREIGN.has(open.name) && !open.marked);
    if (this.#dangling.some((open) => open.marked && INLINE.has(open.name))) return false;
    const inLine = (each: string) => INLINE.has(each) || ORDINARY.has(each);
    if (!BLOCK.has(name)) return names.every(inLine);
    if (/^(?:html|head|body|form)$/.test(name)) return false;
    const inTable = name === "table" || (TABLE_PARTS.has(name) && this.#open.some((open) => open.name === "table"));
    if (TABLE_PARTS.has(name) && !inTable) return false;
    return names.every((each) => inLine(each) || /^(?:p|li|d[dt])$/.test(each) || (inTable && TABLE_PARTS.has(each)));
  }

  /** Nothing of the innermost such element is shown, nor was; without a name, nothing of the page. */
  #hideFrom(name: string): void {
    const at = Math.max(
      0,
      this.#open.findLastIndex((open) => open.name === name),
    );
    this.parts.length = Math.min(this.parts.length, this.#open[at]?.from ?? 0);
    for (const open of this.#open.slice(at)) open.seen = { ...open.seen, shown: false };
    if (at === 0) this.#lost = true;
  }

  read(chunk: Text): void {
    // A chunk may end in the middle of a character reference.
    this.#raw += chunk.text;
    this.#count();
    if (!chunk.lastInTextNode) return;
    const text = decodeReferences(this.#raw);
    this.#raw = "";
    const { name, seen, preformatted } = this.#here;
    if (name === "title") this.title ??= seen.shown && !this.#lost ? text : "";
    else this.#write(preformatted ? text : text.replace(/\s+/g, " "));
    this.#begun ||= text.trim() !== "";
  }
}

function isHtml(name: string): boolean {
  return name !== "a" && (BLOCK.has(name) || INLINE.has(name));
}

function isSame(one: Seen, other: Seen): boolean {
  return (
    one.shown === other.shown &&
    one.ink === other.ink &&
    one.paper === other.paper &&
    one.size === other.size &&
    one.opacity === other.opacity
  );
}

/** Of one that stands twice the first holds (HTML §13.2.5.33). */
function attributesOf(element: Element): Attributes {
  const attributes = new Map<string, string>();
  for (const [name = "", value = ""] of element.attributes) {
    if (!attributes.has(name)) attributes.set(name.toLowerCase(), decodeReferences(value));
  }
  return attributes;
}

/** No more than one empty line in a row, and nothing at the ends of lines. */
function tidy(text: string): string {
  const lines: string[] = [];
  for (const line of text.split("\n").map((each) => each.trimEnd())) {
    const kept = /^ \S/.test(line) ? line.slice(1) : line;
    if (kept !== "" || lines.at(-1) !== "") lines.push(kept);
  }
  return lines.join("\n").trim();
}
