import { expect, test } from "vitest";
import { HOST, html, reader, redirect } from "../support/pages.ts";

const PAGE = `https://${HOST}/guide`;

test("a listed page is read as text: GET, no cookies, no credentials, nothing that names the caller", async () => {
  const { asked, marks, fetchPage } = reader({
    [PAGE]: html(`<!doctype html><html><head><title>The&nbsp;Guide &amp; more</title><style>p{color:red}</style></head>
<body><h1>Hello</h1><p>First  paragraph with a <a href="https://evil.test/?d=1">link</a> &lt;b&gt;.</p><ul><li>one</li><li>two</li></ul>
<pre>a
  b</pre><table><tr><td>x</td><td>y</td></tr></table><p>Caf&#233; &#x2014; &unknown; end</p></body></html>`),
  });
  expect(await fetchPage(PAGE)).toEqual({
    url: PAGE,
    title: "The Guide & more",
    text: "# Hello\n\nFirst paragraph with a link <b>.\n\n- one\n- two\n\na\n  b\n\n| x | y\n\nCafé — &unknown; end",
    shortened: false,
  });
  expect(marks).toEqual([HOST]);
  expect(asked).toHaveLength(1);
  const { headers, ...request } = asked[0] ?? { headers: {} };
  expect(request).toEqual({ url: PAGE, method: "GET", redirect: "manual" });
  expect(Object.keys(headers).sort()).toEqual(["accept", "user-agent"]);
});

test("what a page hides from users is not handed to models", async () => {
  const hidden = [
    "<script>canary</script>",
    "<style>canary</style>",
    "<!-- canary -->",
    "<noscript>canary</noscript>",
    "<template>canary</template>",
    "<div hidden>canary</div>",
    "<div hidden=''><p>canary <b>canary</b></p></div>",
    '<span aria-hidden="true">canary</span>',
    '<p style="display: none">canary</p>',
    '<p style="color:red;DISPLAY:NONE">canary</p>',
    '<p style="display:/* x */none">canary</p>',
    '<p style="display:/*\n*/none">canary</p>',
    '<p style="display:none/* never closed">canary</p>',
    '<p style="visibility : hidden">canary</p>',
    '<p style="opacity:0">canary</p>',
    '<p style="font-size:0px">canary</p>',
    '<img src="https://evil.test/x.png" alt="canary">',
    "<svg><title>canary</title><text>canary</text></svg>",
    "<iframe srcdoc='canary'>canary</iframe>",
    '<a href="https://evil.test/canary" title="canary">seen</a>',
    "<textarea>canary</textarea>",
    '<meta name="description" content="canary">',
  ];
  for (const each of hidden) {
    const { fetchPage } = reader({ [PAGE]: html(`<body><p>before</p>${each}<p>after</p></body>`) });
    const page = await fetchPage(PAGE);
    expect([each, "text" in page && page.text]).toEqual([each, expect.stringMatching(/^before[\s\S]*after$/)]);
    expect([each, JSON.stringify(page).includes("canary")]).toEqual([each, false]);
  }
  for (const style of ["opacity:0.5;max-height:0.5em", "min-width:0", "border-width:0;line-height:0", "color:red/*"]) {
    const { fetchPage } = reader({ [PAGE]: html(`<p style="${style}">seen</p>`) });
    expect([style, await fetchPage(PAGE)]).toMatchObject([style, { text: "seen" }]);
  }
});

test("text, Markdown and JSON are read as they are; other types, binaries and unknown charsets are refused in words", async () => {
  const read = async (type: string | undefined, body: BodyInit = "a\nb") => {
    const answer = () => new Response(body, type === undefined ? {} : { headers: { "content-type": type } });
    const { fetchPage, marks } = reader({ [PAGE]: answer });
    const page = await fetchPage(PAGE);
    if ("refused" in page) expect(marks).toEqual([]);
    return "refused" in page ? page.refused : page.text;
  };
  for (const type of ["text/plain", "Text/Plain; charset=UTF-8", "text/markdown", "application/json; charset=utf-8"]) {
    expect([type, await read(type)]).toEqual([type, "a\nb"]);
  }
  expect(await read("text/plain; charset=iso-8859-1", new Uint8Array([0x63, 0x61, 0x66, 0xe9]))).toBe("café");
  for (const type of ["image/png", "application/pdf", "application/octet-stream", "text/htmlx", ""]) {
    expect([type, await read(type)]).toEqual([
      type,
      "It is not text: only HTML, Markdown, plain text and JSON are read.",
    ]);
  }
  expect(await read(undefined, new Uint8Array([1, 2]))).toMatch(/^It is not text/);
  expect(await read("text/html; charset=klingon")).toBe("It is written in a character set that is not known here.");
  const binary = "It is not text in the character set that it names.";
  expect(await read("text/plain", new Uint8Array([0x61, 0xff, 0xfe]))).toBe(binary);
  expect(await read("text/plain", new Uint8Array([0x61, 0x00, 0x62]))).toBe(binary);
});

test("a huge page is refused while it arrives; a long text is cut, and says so", async () => {
  let sent = 0;
  const endless = () => {
    const chunk = new TextEncoder().encode("x".repeat(64 * 1024));
    const body = new ReadableStream({
      pull(controller) {
        sent += chunk.length;
        controller.enqueue(chunk);
      },
    });
    return new Response(body, { headers: { "content-type": "text/plain" } });
  };
  expect(await reader({ [PAGE]: endless }).fetchPage(PAGE)).toEqual({ refused: "It is larger than 512 KiB." });
  expect(sent).toBeLessThan(1024 * 1024);

  const long = await reader({ [PAGE]: html("é\n".repeat(100_000), "text/plain") }).fetchPage(PAGE);
  if ("refused" in long) throw new Error(long.refused);
  expect(long.shortened).toBe(true);
  expect(JSON.stringify(long.text).length).toBeLessThanOrEqual(48 * 1024);
  expect(long.text.length).toBeGreaterThan(20_000);
});

test("hostile markup is read or refused, never an error", { timeout: 20_000 }, async () => {
  const repeated = [
    "<div>",
    "<p hidden>",
    "<title>",
    "<pre><li>",
    "&#x",
    "</div>",
    "<![CDATA[",
    "<!--",
    "<a href='",
    "<\u0001",
  ];
  for (const each of [...repeated, `<p style="${"/*".repeat(9_000)}">`]) {
    const page = await reader({ [PAGE]: html(each.repeat(500_000 / each.length)) }).fetchPage(PAGE);
    const intricate = "refused" in page && page.refused === "Its HTML is too intricate to be read.";
    expect([each.slice(0, 20), intricate || "text" in page]).toEqual([each.slice(0, 20), true]);
  }
});

test("redirects are followed three times, each hop judged anew; cookies of a hop go nowhere", async () => {
  const hop = (n: number) => `https://${n % 2 === 0 ? HOST : "blog.example.org"}/${n}`;
  const chain = {
    [hop(0)]: redirect(hop(1), 301),
    [hop(1)]: redirect(hop(2), 307),
    [hop(2)]: redirect("//blog.example.org/3", 308),
  };
  const { asked, fetchPage } = reader({ ...chain, [hop(3)]: html("there", "text/plain") });
  expect(await fetchPage(hop(0))).toMatchObject({ url: hop(3), text: "there" });
  expect(asked.map(({ url }) => url)).toEqual([hop(0), hop(1), hop(2), hop(3)]);
  expect(asked.some(({ headers }) => "cookie" in headers || "referer" in headers)).toBe(false);

  const longer = reader({ ...chain, [hop(3)]: redirect(hop(4)), [hop(4)]: html("too far") });
  expect(await longer.fetchPage(hop(0))).toEqual({ refused: "The host redirected more than 3 times." });
  expect(longer.asked).toHaveLength(4);
  const loop = reader({ [PAGE]: redirect(PAGE) });
  expect(await loop.fetchPage(PAGE)).toEqual({ refused: "The host redirected more than 3 times." });
  const nowhere = reader({ [PAGE]: () => new Response(null, { status: 302 }) });
  expect(await nowhere.fetchPage(PAGE)).toEqual({
    refused: "It redirects elsewhere. The host redirected without saying where to.",
  });
});

test("a dead host, a slow host and a host that stops in the middle are told in words, without details", async () => {
  expect(await reader({}).fetchPage(PAGE)).toEqual({ refused: "The host could not be reached." });
  const slow = reader({ [PAGE]: () => new Promise<Response>(() => undefined) }, [HOST], 1);
  expect(await slow.fetchPage(PAGE)).toEqual({ refused: "The host took too long." });
  const stuck = () => new Response(new ReadableStream(), { headers: { "content-type": "text/plain" } });
  expect(await reader({ [PAGE]: stuck }, [HOST], 1).fetchPage(PAGE)).toEqual({ refused: "The host took too long." });
  const broken = () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error("secret detail")) });
    return new Response(body, { headers: { "content-type": "text/plain" } });
  };
  expect(await reader({ [PAGE]: broken }).fetchPage(PAGE)).toEqual({ refused: "The host could not be reached." });
  const aborted = AbortSignal.abort();
  expect(await reader({ [PAGE]: html("late") }).fetchPage(PAGE, aborted)).toEqual({
    refused: "The host took too long.",
  });
  for (const status of [204, 304, 400, 401, 404, 500]) {
    const { fetchPage } = reader({ [PAGE]: () => new Response(null, { status }) });
    expect(await fetchPage(PAGE)).toEqual({ refused: `The host answered with status ${status}.` });
  }
});
