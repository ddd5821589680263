// What a browser shows when something is wrong: a page with a way on, under the status and headers that a program gets too.

import { expect, test } from "vitest";
import { bridgeAt } from "../support/attack.ts";
import { takeErrors } from "../support/log.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const FORM = { "content-type": "application/x-www-form-urlencoded" };

type Fetch = typeof journey.fetch;

/** The same request from a program and from a browser. */
async function both(url: string, init: RequestInit = {}, fetch: Fetch = journey.fetch) {
  const send = (accept: string) => fetch(url, { redirect: "manual", ...init, headers: { ...init.headers, accept } });
  const [program, browser] = [await send("*/*"), await send(ACCEPT)];
  const headers = ({ headers }: Response) =>
    ["allow", "retry-after", "www-authenticate"].map((name) => headers.get(name));
  expect([url, browser.status, ...headers(browser)]).toEqual([url, program.status, ...headers(program)]);
  expect(program.headers.get("content-type") ?? "").not.toContain("text/html");
  await program.text();
  return { browser, html: await browser.text() };
}

function expectPage({ browser, html }: Awaited<ReturnType<typeof both>>, title: string) {
  expect(browser.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(browser.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(html).toMatch(new RegExp(`<html lang="en">[\\s\\S]*<title>${title} · [\\s\\S]*<h1>${title}</h1>`));
  expect(html).toMatch(/<a href="http[^"]+\/">/);
  expect(html).toContain(browser.headers.get("x-request-id"));
}

test("a browser gets a page for what is not there, not allowed, too long or for apps; a program what it got before", async () => {
  const tries: readonly (readonly [string, RequestInit, number, string])[] = [
    ["/nope", {}, 404, "There is no page here"],
    ["/operator", {}, 404, "There is no page here"],
    ["/oauth/token", {}, 405, "This address is for apps"],
    ["/oauth/register", {}, 405, "This address is for apps"],
    ["/console", { method: "POST", headers: FORM, body: "a=b" }, 405, "This page cannot be opened this way"],
    ["/mcp", {}, 401, "This address is for apps"],
    [`/?${"a".repeat(9000)}`, {}, 414, "The address is too long"],
    ["/sign-out", { method: "POST", headers: FORM, body: "a=b" }, 403, "This did not work"],
  ];
  for (const [path, init, status, title] of tries) {
    const shown = await both(ORIGIN + path, init);
    expect([path, shown.browser.status]).toEqual([path, status]);
    expectPage(shown, title);
  }
  expect((await both(`${ORIGIN}/mcp`)).html).toContain(`<code translate="no">${ORIGIN}/mcp</code>`);
});

test("programs that would take a page keep their own answers: forms at the token endpoint, messages, paths that are not there", async () => {
  for (const [path, type] of [
    ["/oauth/token", "application/json"],
    ["/oauth/register", "application/json"],
    ["/mcp", undefined],
    ["/operator", "text/plain"],
    ["/nope", "text/plain"],
  ] as const) {
    const init = { method: "POST", headers: { ...FORM, accept: "text/html, */*" }, body: "grant_type=x" };
    const answer = await journey.fetch(ORIGIN + path, init);
    expect([path, answer.status >= 400, answer.headers.get("content-type")?.split(";")[0]]).toEqual([path, true, type]);
    await answer.text();
  }
});

test("too many requests, another host, a bridge that is not set up or broken: a page says when, where, or that nothing was changed", async () => {
  const bridge = bridgeAt("https://bridge.example", { RATE_OAUTH: { limit: async () => ({ success: false }) } });
  const waits = await both("https://bridge.example/authorize?client_id=x", {}, bridge.fetch);
  expectPage(waits, "Too many requests");
  expect([waits.browser.status, waits.html]).toEqual([429, expect.stringContaining("Try again in one minute")]);
  const elsewhere = await both("https://other.example/", {}, bridge.fetch);
  expectPage(elsewhere, "This did not work");
  expect(elsewhere.html).toContain('<a href="https://bridge.example/">');

  const unready = await both(`${ORIGIN}/console`, {}, bridgeAt(ORIGIN, { DRAWBRIDGE_SECRET: "" }).fetch);
  takeErrors();
  expect(unready.html).toContain("<h1>This service does not work at the moment</h1>");
  expect(unready.html).toContain("DRAWBRIDGE_SECRET");

  const down = { getByName: () => Promise.reject(new Error("down")) };
  const { id } = await journey.register();
  const url = await journey.authorizeUrl({ id, redirectUri: "http://127.0.0.1:33418/callback" }, {}, "v".repeat(64));
  const silent = { ...bindings.OAUTH_KV, get: () => Promise.reject(new Error("down")) };
  const broken = await both(url, {}, bridgeAt(ORIGIN, { OAUTH_KV: silent, LEDGER: down }).fetch);
  takeErrors();
  expectPage(broken, "This service does not work at the moment");
  expect([broken.browser.status, broken.html]).toEqual([503, expect.stringContaining("Nothing was changed")]);
});

test("a slash behind the address of a page leads to the page, and nowhere else", async () => {
  const go = async (path: string) =>
    (await journey.fetch(ORIGIN + path, { redirect: "manual" })).headers.get("location");
  expect(await go("/console/?a=b")).toBe(`${ORIGIN}/console?a=b`);
  for (const path of ["/mcp/", "//evil.test/", "/console//", "/operator/", "/nope/"])
    expect([path, await go(path)]).toEqual([path, null]);
});
