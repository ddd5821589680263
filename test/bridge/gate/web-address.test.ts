import fc from "fast-check";
import { expect, test } from "vitest";
import { isPublicHost } from "../../../src/bridge/addresses.ts";
import { checkAddress, checkRedirect, webHosts } from "../../../src/bridge/web/web-address.ts";

const HOSTS = ["docs.example.com", "xn--bcher-kva.example.com"];
const HONEST = "https://docs.example.com/guide?page=2";

function reached(text: string): string | undefined {
  return checkAddress(text, HOSTS).url?.href;
}

test("listed addresses are fetched, in any of their honest spellings", () => {
  expect(reached(HONEST)).toBe(HONEST);
  expect(reached("https://docs.example.com")).toBe("https://docs.example.com/");
  expect(reached("https://docs.example.com:443/a")).toBe("https://docs.example.com/a");
  expect(reached("HTTPS://DOCS.example.com/a#part")).toBe("https://docs.example.com/a");
  expect(reached("https://docs.example.com/a/../b%20c/käse")).toBe("https://docs.example.com/b%20c/k%C3%A4se");
  expect(reached("https://docs.example.com/?q=a@b:c")).toBe("https://docs.example.com/?q=a@b:c");
  expect(reached("https://xn--bcher-kva.example.com/")).toBe("https://xn--bcher-kva.example.com/");
});

/** Numbers and names of one's own network: never reached, not even when a careless operator has listed them. */
const PRIVATE = [
  // loopback, link-local, metadata, private ranges
  ...["127.0.0.1", "127.1", "0.0.0.0", "0", "169.254.169.254", "10.0.0.1", "192.168.0.1", "172.16.0.1", "100.64.0.1"],
  // the same in decimal, octal, hexadecimal and mixtures
  ...["2130706433", "2852039166", "0177.0.0.1", "017700000001", "0x7f.0.0.1", "0x7f000001", "0xa9fea9fe", "127.0x1"],
  // IPv6, mapped, compatible, zoned, translated
  ...["[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1%25eth0]", "[fd00:ec2::254]"],
  ...["[64:ff9b::7f00:1]", "[2002:7f00:1::]"],
  // names of one's own network
  ...[
    "localhost",
    "intranet",
    "localhost.localdomain",
    "printer.local",
    "api.internal",
    "a.localhost",
    "router.home.arpa",
  ],
  ...["metadata.google.internal", "db.corp", "nas.lan", "hidden.onion"],
];

/** What only looks like a listed host. */
const ALIKE = [
  // dots and letters that are others
  ...[
    "docs.example.com.",
    "docs。example。com",
    "docs．example．com",
    "docs｡example｡com",
    "ⓓocs.example.com",
    "docs.exampⅼe.com",
  ],
  ...[
    "docs%2eexample%2ecom",
    "%64ocs.example.com",
    "１２７.0.0.1",
    "①②⑦.⓪.⓪.①",
    "bücher.example.com",
    "docs.example.com%00.evil.test",
  ],
  // near misses
  ...[
    "evil.docs.example.com",
    "docs.example.com.evil.net",
    "docs.example.co",
    "xdocs.example.com",
    "example.com",
    "docs-example.com",
  ],
];

test("nothing else is: other hosts, numbers in every spelling, private names, dots that are none", () => {
  expect(reached(HONEST)).toBe(HONEST);
  for (const host of [...PRIVATE, ...ALIKE]) expect([host, reached(`https://${host}/`)]).toEqual([host, undefined]);
  for (const host of PRIVATE) {
    expect([host, isPublicHost(host)]).toEqual([host, false]);
    expect(webHosts().parse(host)).toMatchObject({ problem: expect.stringContaining("no plain public host") });
    const careless = [...HOSTS, host];
    expect([host, checkAddress(`https://${host}/`, careless).url?.href]).toEqual([host, undefined]);
  }
});

test("no other scheme, port, user name, backslash or white space changes where an address leads", () => {
  expect(reached(HONEST)).toBe(HONEST);
  const odd = [
    ...[
      "http://docs.example.com/",
      "data:text/html,hi",
      "file:///etc/passwd",
      "ftp://docs.example.com/",
      "javascript:1",
    ],
    ...[
      "//docs.example.com/",
      "docs.example.com",
      "https:docs.example.com",
      "https:/docs.example.com/",
      "",
      "https://",
    ],
    ...[
      "https:///docs.example.com/",
      "https://?docs.example.com",
      "wss://docs.example.com/",
      "blob:https://docs.example.com/1",
    ],
    ...["https://docs.example.com:80/", "https://docs.example.com:8443/", "https://docs.example.com:0443x/"],
    ...["https://docs.example.com:/", "https://docs.example.com:00443/"],
    ...["https://user@docs.example.com/", "https://user:pass@docs.example.com/", "https://@docs.example.com/"],
    ...[
      "https://docs.example.com@evil.test/",
      "https://docs.example.com:443@127.0.0.1/",
      "https://evil.test#@docs.example.com/",
    ],
    ...[
      "https://evil.test\\@docs.example.com/",
      "https://docs.example.com\\@evil.test/",
      "https:\\\\docs.example.com\\",
    ],
    ...[
      "https://docs.example.com\\.evil.test/",
      " https://docs.example.com/",
      "https://docs.example.com/ ",
      "https://docs.exa\tmple.com/",
    ],
    ...[
      "https://docs.example.com\n.evil.test/",
      "https://docs.example.com/\u0000",
      "https://docs.example.com/\u202e",
      "https://do\u00adcs.example.com/",
    ],
    ...["https://docs.example.com\u200b/", `https://docs.example.com/${"a".repeat(2_100)}`],
  ];
  for (const text of odd) expect([text, reached(text)]).toEqual([text, undefined]);
});

test("redirects are judged like addresses: relative ones stay, every other way out is closed", () => {
  const from = new URL(HONEST);
  const to = (location: string | null) => checkRedirect(location, from, HOSTS).url?.href;
  expect(to("/b")).toBe("https://docs.example.com/b");
  expect(to("c?d#e")).toBe("https://docs.example.com/c?d");
  expect(to("//xn--bcher-kva.example.com/x")).toBe("https://xn--bcher-kva.example.com/x");
  expect(to("https://docs.example.com/d")).toBe("https://docs.example.com/d");
  const out = [
    null,
    "",
    "//evil.test/",
    "///evil.test/",
    "/\\evil.test/",
    "\\\\evil.test\\",
    "http://docs.example.com/",
    "https:evil.test",
  ];
  const more = [
    "//user@docs.example.com/",
    "//docs.example.com:8443/",
    "data:,x",
    "javascript:1",
    "\t//evil.test",
    "https://127.0.0.1/",
  ];
  for (const location of [...out, ...more, ...[...PRIVATE, ...ALIKE].map((host) => `//${host}/`)]) {
    expect([location, to(location)]).toEqual([location, undefined]);
  }
});

test("whatever the text, what is passed is https, port 443, without credentials, on a listed host", {
  timeout: 30_000,
}, () => {
  const part = fc.constantFrom(
    "https",
    "http",
    ":",
    "/",
    "//",
    "\\",
    "@",
    "docs.example.com",
    "127.0.0.1",
    ".",
    "%2e",
    "#",
    "?",
    "[::1]",
    " ",
    "。",
  );
  const text = fc.oneof(
    fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.tuple(fc.string({ unit: "binary" }), fc.constantFrom(...HOSTS)).map(([odd, host]) => `https://${odd}${host}/`),
    fc.tuple(fc.string({ unit: "binary" }), fc.constantFrom(...HOSTS)).map(([odd, host]) => `https://${host}${odd}`),
    fc.ipV4Extended().map((ip) => `https://${ip}/`),
    fc.ipV6().map((ip) => `https://[${ip}]/`),
  );
  const holds = (url: URL | undefined) => {
    if (url === undefined) return;
    expect(url.href).toMatch(/^https:\/\/(docs\.example\.com|xn--bcher-kva\.example\.com)\/[!-~]*$/);
    expect([url.username, url.password, url.port, url.hash]).toEqual(["", "", "", ""]);
  };
  fc.assert(
    fc.property(text, (odd) => {
      holds(checkAddress(odd, HOSTS).url);
      holds(checkRedirect(odd, new URL(HONEST), HOSTS).url);
      holds(checkRedirect(odd.replace(/^https:/, ""), new URL(HONEST), HOSTS).url);
    }),
    { numRuns: 2_000 },
  );
});

test("a number is never a public host, however it is spelled, and a listed name parses to itself", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4Extended(),
        fc.ipV4(),
        fc.nat().map(String),
        fc.ipV6().map((ip) => `[${ip}]`),
      ),
      (host) => {
        expect(isPublicHost(host)).toBe(false);
      },
    ),
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.domain(), fc.string({ unit: "binary" }), fc.stringMatching(/^[a-z0-9.x-]{1,30}$/)),
      (name) => {
        if (!isPublicHost(name)) return;
        // A punycode label that is none does not parse, which refuses it; nothing parses to something else.
        const { hostname } = URL.canParse(`https://${name}/`) ? new URL(`https://${name}/`) : { hostname: name };
        expect(hostname).toBe(name);
      },
    ),
    { numRuns: 5_000 },
  );
});
