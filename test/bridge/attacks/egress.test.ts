import { expect, test } from "vitest";
import { bridgeAt, EVERYTHING } from "../support/attack.ts";
import { answerOf, call } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { browseThe, browsing, calm, HOST, html, redirect, wordsOf } from "../support/pages.ts";
import { ledgerOf, ORIGIN, outcomesWritten } from "../support/worker.ts";

const PAGE = `https://${HOST}/guide`;
const TRANSPORTS = ["session", "stateless"] as const;

/** Where an attacker would have the bridge go. */
const TARGETS = [
  ...[
    "http://docs.example.com/",
    "https://docs.example.com:8443/",
    "https://evil.test/",
    "https://localhost/",
    "https://api.internal/",
  ],
  ...[
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0/",
  ],
  ...[
    "https://169.254.169.254/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://2852039166/",
    "https://metadata.google.internal/",
  ],
  ...[
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[fd00:ec2::254]/",
    "https://10.0.0.1/",
  ],
  ...[
    "https://docs.example.com@evil.test/",
    "https://evil.test\\@docs.example.com/",
    "https://user:pass@docs.example.com/",
  ],
  ...[
    "https://docs.example.com./",
    "https://docs。example。com/",
    "https://docs.example.com.evil.test/",
    "https://evil.test#docs.example.com",
  ],
  ...[
    "https://docs.example.com\t.evil.test/",
    " https://docs.example.com/",
    "data:text/html,hi",
    "file:///etc/passwd",
    "javascript:alert(1)",
  ],
];

test("no address leads anywhere but to a listed host, in either transport; each attempt is in the audit log", async () => {
  const { asked, end } = browseThe({ [PAGE]: html("<p>Hello") });
  const ada = await browsing("ada");
  for (const transport of TRANSPORTS) {
    await calm(ada.token);
    const honest = await ada.use(transport, "fetch_page", { url: PAGE });
    expect([transport, wordsOf(honest).includes("Hello"), honest.result?.isError]).toEqual([
      transport,
      true,
      undefined,
    ]);
    expect(asked.splice(0)).toMatchObject([{ url: PAGE, method: "GET", redirect: "manual" }]);
    for (const url of TARGETS) {
      await calm(ada.token);
      const refused = await ada.use(transport, "fetch_page", { url });
      expect([url, refused.result?.isError, wordsOf(refused)]).toEqual([
        url,
        true,
        expect.stringMatching(/^Nothing was fetched\. [^\n]+\.$|^Nothing was fetched\. [^\n]+WEB_HOSTS\)\.$/),
      ]);
    }
    expect(asked).toEqual([]);
  }
  end();
  await outcomesWritten(ada.token);
  const events = (await ledgerOf(ada.token).events()).map(({ event }) => event);
  expect(events.filter((event) => event.kind === "admission" && event.tool === "fetch_page")).toHaveLength(
    2 * (TARGETS.length + 1),
  );
  const outcomes = events.flatMap((event) => (event.kind === "settlement" ? event.outcome : []));
  expect(outcomes.filter((outcome) => outcome === "tool-error")).toHaveLength(2 * TARGETS.length);
});

test("a listed host cannot send the bridge elsewhere by a redirect, nor round in circles", async () => {
  const ada = await browsing("ada");
  const start = `https://${HOST}/start`;
  const visit = async (location: string) => {
    await calm(ada.token);
    const { asked, end } = browseThe({ [start]: redirect(location), [PAGE]: html("<p>Hello") });
    const answer = await ada.use("stateless", "fetch_page", { url: start });
    end();
    return { asked: asked.map(({ url }) => url), words: wordsOf(answer), headers: asked.map(({ headers }) => headers) };
  };
  const honest = await visit("/guide");
  expect([honest.asked, honest.words.includes("Hello")]).toEqual([[start, PAGE], true]);
  expect(honest.headers.flatMap(Object.keys).filter((name) => !["accept", "user-agent"].includes(name))).toEqual([]);
  const outwards = ["//evil.test/", "/\\evil.test/", "\\\\evil.test\\", "https:evil.test"];
  // White space at its ends is no part of a header's value.
  for (const location of [...TARGETS.filter((each) => each === each.trim()), ...outwards]) {
    const { asked, words } = await visit(location);
    expect([location, asked]).toEqual([location, [start]]);
    expect([location, words]).toEqual([
      location,
      expect.stringMatching(/^Nothing was fetched\. It redirects elsewhere\. /),
    ]);
    expect(words).not.toContain("evil");
  }
  const circle = await visit("/start");
  expect([circle.asked.length, circle.words]).toEqual([
    4,
    "Nothing was fetched. The host redirected more than 3 times.",
  ]);
});

test("the caller's token goes nowhere, and what a host or the network says of itself stays inside", async () => {
  const { asked, end } = browseThe({
    [PAGE]: () => new Response("secret detail", { status: 500, statusText: "secret" }),
  });
  const ada = await browsing("ada");
  for (const url of [PAGE, `https://${HOST}/dead`]) {
    await calm(ada.token);
    const { result } = await ada.use("stateless", "fetch_page", { url });
    expect(JSON.stringify(result)).toMatch(
      /Nothing was fetched\. The host (answered with status 500|could not be reached)\./,
    );
    expect(JSON.stringify(result)).not.toContain("secret");
  }
  end();
  expect(asked).toHaveLength(2);
  expect(JSON.stringify(asked)).not.toContain(ada.token.split(":")[2]);
  expect(JSON.stringify(asked)).not.toContain("dbr1_");
});

test("with no list nothing is fetched, and the words name the setting; a list that is none stops the bridge", async () => {
  const { asked, end } = browseThe({ [PAGE]: html("<p>Hello") });
  const scope = `${EVERYTHING.scope} web:fetch`;
  const visit = async (hosts: string) => {
    const bridge = bridgeAt(ORIGIN, { WEB_HOSTS: hosts });
    const { tokens } = await bridge.connect({ name: "ada", scope, ticked: ["web:fetch"] });
    // What an earlier test had ada read.
    await calm(tokens.access_token);
    const { method, params } = call("fetch_page", { url: PAGE });
    return wordsOf(await answerOf(await bridge.modern(tokens.access_token, method, params)));
  };
  expect(await visit(`other.example.net ${HOST}`)).toContain("Hello");
  expect(await visit("")).toBe(
    "Nothing was fetched. This bridge fetches no pages: its operator has listed no hosts (setting WEB_HOSTS).",
  );
  expect(await visit("other.example.net")).toContain("not on the list");
  expect(asked).toHaveLength(1);
  end();
  for (const hosts of [
    "127.0.0.1",
    "localhost",
    "*.example.com",
    "https://docs.example.com",
    "docs.example.com:8443",
    "0x7f.1",
  ]) {
    const answer = await bridgeAt(ORIGIN, { WEB_HOSTS: hosts }).fetch(ORIGIN);
    expect([hosts, answer.status, (await answer.text()).includes("WEB_HOSTS")]).toEqual([hosts, 503, true]);
    expect(takeErrors()).toEqual([expect.stringContaining("not-set-up")]);
  }
});
