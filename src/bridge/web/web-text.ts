// HTML as the text that a person would read of it: no scripts, styles, comments, pictures, link targets, nor what its own markup
// hides. It reads markup, not style sheets: what a class hides is still text. Uses the runtime's HTMLRewriter; one pass takes
// out, a second reads.

/** What is never text, or stands for something that is not fetched. */
const DROPPED =
  "script,style,noscript,template,iframe,object,embed,svg,math,canvas,audio,video,picture,img,select,textarea,dialog:not([open])";
const BLOCKS =
  "address,article,aside,blockquote,div,dl,dt,dd,fieldset,figcaption,figure,footer,form,header,main,nav,ol,p,section,table,tr,ul";
/** Whole names of properties: `min-width:0` and `backface-visibility:hidden` hide nothing. */
const HIDING =
  /(?<![a-z-])(?:display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0*)?(?![.\d])|font-size:0(?![.\d])|(?:max-)?(?:height|width):0(?![.\d]))/;
/** Longer ones are taken for a trick. */
const MAX_STYLE = 1_000;
/** Pieces of text: each one costs a call, and half a megabyte of HTML can have a quarter of a million. */
const MAX_PIECES = 30_000;

export interface PageText {
  readonly title: string;
  readonly text: string;
}

/** Undefined when it is too intricate: nested too deeply for the parser's memory, or cut into too many pieces. */
export async function readHtml(html: string): Promise<PageText | undefined> {
  try {
    return await collect(await visibleOf(html));
  } catch {
    return undefined;
  }
}

function visibleOf(html: string): Promise<string> {
  const visible = new HTMLRewriter()
    .on(DROPPED, { element: remove })
    .on("[hidden],[aria-hidden=true]", { element: remove })
    .on("[style]", {
      element(element) {
        const written = element.getAttribute("style") ?? "";
        if (written.length > MAX_STYLE) return void element.remove();
        // A comment may span lines, and one that is never closed goes to the end (CSS Syntax §4.3.2).
        const bare = written.toLowerCase().replace(/\/\*.*?(?:\*\/|$)/gs, "");
        const style = bare.replace(/\s+/g, "");
        if (HIDING.test(style)) element.remove();
      },
    })
    .onDocument({ comments: (comment) => void comment.remove() })
    .transform(asHtml(html));
  return visible.text();
}

function remove(element: Element): void {
  element.remove();
}

function asHtml(html: string): Response {
  return new Response(html, { headers: { "content-type": "text/html;charset=utf-8" } });
}

async function collect(html: string): Promise<PageText> {
  const parts: string[] = [];
  let title = "";
  let raw = "";
  let inTitle = false;
  let pieces = 0;
  let preformatted = 0;
  const open = (mark: string) => () => void parts.push(mark);
  const rewriter = new HTMLRewriter()
    .on("title", {
      element(element) {
        inTitle = true;
        element.onEndTag(() => {
          inTitle = false;
        });
      },
    })
    .on("pre", {
      element(element) {
        preformatted++;
        parts.push("\n");
        element.onEndTag(() => {
          preformatted--;
          parts.push("\n");
        });
      },
    })
    .on("br,hr", { element: open("\n") })
    .on("li", { element: open("\n- ") })
    .on("td,th", { element: open(" | ") })
    .on(BLOCKS, {
      element(element) {
        parts.push("\n");
        element.onEndTag(open("\n"));
      },
    })
    .onDocument({
      text(chunk) {
        // A chunk may end in the middle of a character reference.
        raw += chunk.text;
        if (++pieces > MAX_PIECES) throw new RangeError("too many pieces");
        if (!chunk.lastInTextNode) return;
        const decoded = decodeReferences(raw);
        raw = "";
        if (inTitle) title += decoded;
        else parts.push(preformatted > 0 ? decoded : decoded.replace(/\s+/g, " "));
      },
    });
  for (const level of [1, 2, 3, 4, 5, 6]) {
    rewriter.on(`h${level}`, {
      element(element) {
        parts.push(`\n\n${"#".repeat(level)} `);
        element.onEndTag(open("\n"));
      },
    });
  }
  await rewriter.transform(asHtml(html)).arrayBuffer();
  return { title: title.replace(/\s+/g, " ").trim(), text: tidy(parts.join("")) };
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

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  copy: "©",
  reg: "®",
  trade: "™",
  deg: "°",
  euro: "€",
  pound: "£",
  hellip: "…",
  ndash: "–",
  mdash: "—",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  laquo: "«",
  raquo: "»",
  bull: "•",
  middot: "·",
  times: "×",
  rarr: "→",
  larr: "←",
};

/** Character references (HTML §13.2.5.72) of which HTMLRewriter leaves every one as it stands; a name not known here stays. */
function decodeReferences(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]{2,6}));/gi, (whole, hex, decimal, name) => {
    if (typeof name === "string") return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? whole) : whole;
    const code = typeof hex === "string" ? Number.parseInt(hex, 16) : Number.parseInt(String(decimal), 10);
    return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
  });
}
