// What a page hides from users never reaches a model, however its markup is nested; what users read does. A canary is what may
// not come through.

import fc from "fast-check";
import { expect, test } from "vitest";
import { readHtml } from "../../../src/bridge/web/web-text.ts";

const textOf = async (html: string) => (await readHtml(html))?.text ?? "(refused)";

/** Elements of which nothing is ever read. */
const NEVER =
  "script style template noscript noframes noembed iframe object canvas audio video svg math select optgroup option datalist textarea progress meter map slot rp marquee xmp listing blink foo bdo dialog details";
const ATTRIBUTES = [
  "hidden",
  "hidden=until-found",
  'hidden="false"',
  "inert",
  "popover",
  "popover=manual",
  "aria-hidden=true",
  "ARIA-HIDDEN=' TRUE '",
  "style='display:none' style='color:red'",
];
const STYLES = [
  "display:none",
  "display:none!important",
  "visibility:hidden",
  "visibility:collapse",
  "content-visibility:hidden",
  "opacity:0",
  "opacity:.01",
  "opacity:0%",
  "color:transparent",
  "color:#0000",
  "color:rgba(0,0,0,0)",
  "color:white",
  "color:#fefefe",
  "color:#fff;color:#00000",
  "color:#fff;color:rgb(0 0,0)",
  "color:#fff;--x:(;color:#000",
  "color:#fff;col/**/or:#000",
  "color:var(--x)",
  "background:#000",
  "color:#777;background:#777",
  "color:#fff;background:#000;background:none",
  "-webkit-text-fill-color:transparent",
  "position:absolute;left:-9999px",
  "position:fixed",
  "left:-9999px",
  "margin-left:-9999px",
  "margin:0 0 0 -100vw",
  "text-indent:-9999px",
  "padding-left:99999px",
  "transform:scale(0)",
  "translate:-9999px",
  "scale:0",
  "rotate:90deg",
  "zoom:0",
  "zoom:.01",
  "filter:opacity(0)",
  "clip-path:inset(100%)",
  "clip:rect(0,0,0,0)",
  "mask:linear-gradient(transparent,transparent)",
  "font-size:0",
  "font-size:1px",
  "font-size:.1em",
  "font-size:5000px",
  "font:0/0 a",
  "font-family:Adobe Blank",
  "letter-spacing:-1em",
  "line-height:.01",
  "height:0;overflow:hidden",
  "max-height:1px",
  "width:0",
  "overflow:hidden",
  "overflow:clip",
  "z-index:-1",
  "unicode-bidi:bidi-override",
  "direction:rtl",
  "all:unset",
  "animation:gone 1s",
  "display\\3a none",
  "d\\69splay:none",
  "unknown-to-us:1",
  "no declaration",
  `color:red;${"/* */".repeat(300)}`,
];
const wraps = [
  ...NEVER.split(" ").map((name): readonly [string, string] => [`<${name}>`, `</${name}>`]),
  ...ATTRIBUTES.map((attribute): readonly [string, string] => [`<div ${attribute}>`, "</div>"]),
  ...STYLES.map((style): readonly [string, string] => [`<p style="${style}">`, "</p>"]),
  ["<div hidden><p>", "</div>"],
  ["<font color=white>", "</font>"],
  ["<font color='#FFFFFF'>", "</font>"],
  ["<font style='font-size:.5em'><b style='font-size:.5em'>", "</b></font>"],
  ["<i style='opacity:.5'><i style='opacity:.5'>", "</i></i>"],
  ["<div style='background:#222;color:#eee'><p style='color:#222'>", "</p></div>"],
  ["<table bgcolor=black><tr><td>", "</td></tr></table>"],
  ["<table><col style='visibility:collapse'><tr><td>", "</td></tr></table>"],
  ["<div><template shadowrootmode=open></template>", "</div>"],
  ["<div>canary<template shadowrootmode=open></template>", "</div>"],
  ["<details open name=a>", "</details>"],
  ["<details><summary>seen</summary>", "</details>"],
  ["<details hidden><summary>", "</summary></details>"],
  ["<details><p><summary>", "</summary></p></details>"],
  ["<details><summary>seen</summary><summary>", "</summary></details>"],
  ["<svg><title>", "</title></svg>"],
  ["<math><annotation>", "</annotation></math>"],
  ["<!--", "-->"],
  ["<!-- <p> --!><!--", "--!>"],
  ["<?x ", "?>"],
  ["<![CDATA[", "]]>"],
  ["<img alt='", "'>"],
  ["<a title='", "'></a>"],
  ["<input placeholder=x value='", "'>"],
  ["<meta name=description content='", "'>"],
] as const;

test("nothing of what is hidden is read, and what stands around it is", async () => {
  for (const [open, close] of wraps) {
    const text = await textOf(`<body><p>before</p>${open}canary${close}<p>after</p></body>`);
    expect([open, text]).toEqual([open, expect.stringMatching(/^before[\s\S]*after$/)]);
    expect([open, text.includes("canary")]).toEqual([open, false]);
  }
});

/** End tags that a browser passes over, so that what hides stays open (HTML §13.2.6.4.7). */
const MISNESTED = [
  "<b><div hidden></b>canary</div>",
  "<a><p hidden></a>canary</p>",
  "<span><div hidden></span>canary</div>",
  "<x-a><p hidden></x-a>canary",
  "<p>x<div hidden>y</p>canary</div>",
  "<p><b hidden></p>canary",
  "<p><b style='background:#000'></p>canary",
  "<div hidden><table><tr><td></div>canary</table></div>",
  "<div hidden><b><table></b></div>canary",
  "<div><template></div>canary</template>",
  "<section><div hidden><object></section>canary",
  "<form hidden><div></form>canary</div>",
  "<li hidden><b><ul></b><li>canary",
  "<form><p hidden><form>canary",
  "<datalist><p></datalist>canary",
  "<svg><desc></svg>canary",
  "<svg></p><foo hidden></svg>canary",
  "<svg></p><g hidden></svg>canary",
  "<table hidden><b hidden></table>canary",
  "<p hidden><i hidden></p>canary",
  "<svg><p><div hidden></svg>canary</div>",
  "<svg><p></p><foo hidden></svg>canary",
  "<td><p hidden></td>canary",
  "<body><p hidden></body>canary",
  "<head><p hidden></head>canary",
  "<p hidden><table><tr><td>canary",
  "<body hidden></body>canary",
  "canary<body hidden>",
  "<p>canary</p><div hidden><body style='display:none'>",
  "<p>canary</p><body bgcolor=black>",
  "<html style='opacity:0'><p>canary",
  "<frameset><noframes>x</noframes></frameset>canary",
  "<plaintext></plaintext>canary",
  "<!-- --- ><p>canary",
];

test("what hides goes on hiding when an end tag is not its own", async () => {
  for (const html of MISNESTED)
    expect([html, await textOf(html)]).toEqual([html, expect.not.stringContaining("canary")]);
});

test("what users read is read: known styles, end tags that may be left out, an open details, a summary", async () => {
  const styles = [
    "color:red/*",
    "color:#333;background-color:#fff",
    "color:#E1E4E8;background-color:#24292e",
    "--shiki-light:#D73A49;--shiki-dark:#F97583",
    "font-weight:bold; text-align : center;",
    "font-size:0.9em;line-height:1.5;margin:0 auto;padding:1em 2%",
    "font-family:&quot;Segoe UI&quot;, Arial, sans-serif",
    "display:flex;max-width:60%;width:100%",
    "display:block;border:1px solid rgb(1,2,3);border-radius:4px",
    "opacity:0.5;max-height:0.5em",
    "min-width:0",
    "border-width:0;line-height:0",
    "DISPLAY:Block;\n  Color:\n #123",
    "",
  ];
  for (const style of styles) expect([style, await textOf(`<p style="${style}">seen</p>`)]).toEqual([style, "seen"]);
  const honest = [
    "<ul><li hidden>x<li>seen</ul>",
    "<p hidden>x<p>seen",
    "<p hidden>x<div>seen</div>",
    "<table><tr hidden><td>x<tr><td>seen</table>",
    "<dl><dt>a<dd hidden>x<dt>seen</dl>",
    "<div hidden><p>x<b>y</div>seen",
    "<select><option>x<option>y</select>seen",
    "<svg><g><path d='M0'><path/></g></svg>seen",
    "<details open>seen</details>",
    "<details>x<summary>seen</summary></details>",
    "<dialog open>seen</dialog>",
    "<x-card><span aria-hidden=false>seen</span></x-card>",
    "<body style='color:#ddd;background:#111'><p>seen</p>",
    "<font color=navy size=2>seen</font>",
    "<pre style='background-color:#24292e;color:#e1e4e8'><span style='color:#F97583'>seen</span></pre>",
  ];
  for (const html of honest) expect([html, await textOf(html)]).toEqual([html, expect.stringContaining("seen")]);
});

const blocks = fc.constantFrom("div", "section", "ul", "blockquote", "article", "form", "fieldset", "x-box", "center");
const letters = fc.constantFrom("b", "i", "span", "a", "font", "label");

/** Pages well nested, of honest elements and of hiding ones; each text says what should become of it. */
const { page } = fc.letrec<{ page: string; part: string }>((tie) => ({
  page: fc.array(tie("part"), { maxLength: 4 }).map((parts) => parts.join("")),
  part: fc.oneof(
    { depthSize: "small" },
    fc.constant("<p>seen</p>"),
    fc.constantFrom(...wraps).map(([open, close]) => `${open}canary${close}<p>seen</p>`),
    fc.tuple(blocks, tie("page")).map(([name, inside]) => `<${name}>${inside}</${name}>`),
    fc.tuple(letters, letters).map(([one, two]) => `<p><${one}>seen<${two}> </${two}></${one}></p>`),
    fc
      .tuple(fc.constantFrom(...ATTRIBUTES), tie("page"))
      .map(([attribute, inside]) => `<div ${attribute}>${inside.replaceAll("seen", "canary")}</div>`),
  ),
}));

test("for any page: each text that is shown is read, once, and none that is hidden", async () => {
  const count = (text: string) => text.split("seen").length - 1;
  await fc.assert(
    fc.asyncProperty(page, async (body) => {
      const text = await textOf(`<!doctype html><title>t</title>${body}`);
      expect(text).not.toContain("canary");
      expect(count(text)).toBe(count(body));
    }),
    { numRuns: 400 },
  );
  await fc.assert(
    fc.asyncProperty(page, fc.constantFrom(...MISNESTED), page, async (before, odd, after) => {
      expect(await textOf(before + odd + after.replaceAll("seen", "more"))).not.toContain("canary");
    }),
    { numRuns: 400 },
  );
});
