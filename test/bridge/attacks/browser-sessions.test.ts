// Sign-in to the bridge's own pages: bound to one browser, used once, coming back to our own pages only; and what ends it.

import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { expect, inject, test } from "vitest";
import type { Subject } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { createSubject } from "../../../src/bridge/seal.ts";
import { loadBrowserSession } from "../../../src/bridge/sign-in/browser-session.ts";
import type { Browsing } from "../support/browsing.ts";
import { app, loadSettings } from "../support/own-app.ts";
import { bindings, ORIGIN, openBrowser } from "../support/worker.ts";

const PAGE = `/approvals/${"a".repeat(22)}`;
const SESSION = "__Host-drawbridge-session";
const TRIP = "__Host-drawbridge-sign-in";
/** Name and value of the cookie of a sign-in under way. */
const tripOf = (browser: Browsing) => [...browser.cookies].find(([name]) => name.startsWith(`${TRIP}-`)) ?? ["", ""];

async function subjectOf(name: string): Promise<Subject> {
  return (await createSubject("test-subject-key-".repeat(3), "urn:drawbridge:development", name)) as Subject;
}
const ledgerOf = async (name: string) => bindings.LEDGER.getByName(await subjectOf(name));
const WHO = { request: "r", where: { country: "XX", asn: 0, agent: "other" } };

/** 404 is what a signed-in user is told of an approval that is not theirs. */
const isSignedIn = async (browser: ReturnType<typeof openBrowser>) => (await browser.get(PAGE)).status === 404;

test("a user signs in with any provider and comes back to the page; the cookie tells a reader nothing", async () => {
  const browser = openBrowser();
  const asked = await browser.get(PAGE);
  const html = await asked.text();
  expect([asked.status, html.match(/Sign in with [^<]+/g)]).toEqual([
    200,
    ["Sign in with a name (development)", "Sign in with GitHub", "Sign in with Example ID"],
  ]);
  expect(html).toContain(`name="return" value="${PAGE}"`);
  const back = await browser.signIn("ada", PAGE);
  expect([back.status, back.headers.get("location")]).toEqual([303, ORIGIN + PAGE]);
  expect(back.headers.getSetCookie()).toEqual([
    expect.stringMatching(new RegExp(`^${TRIP}-[\\w-]{8}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax$`)),
    expect.stringMatching(new RegExp(`^${SESSION}=[\\w.-]+; Max-Age=1800; Path=/; HttpOnly; Secure; SameSite=Lax$`)),
  ]);
  expect(browser.cookies.get(SESSION)).not.toMatch(/ada|dbr1/);
  expect(await isSignedIn(browser)).toBe(true);
  expect(await isSignedIn(openBrowser())).toBe(false);

  const other = openBrowser();
  const started = await other.post("/sign-in/github", { return: PAGE, fresh: "1" });
  const atGithub = new URL(started.headers.get("location") ?? "");
  expect([atGithub.origin, atGithub.searchParams.get("prompt")]).toEqual([inject("githubUrl"), "select_account"]);
  const answered = await fetch(`${atGithub.href}&as=583231`, { redirect: "manual" });
  const callback = new URL(answered.headers.get("location") ?? "");
  expect((await other.get(callback.pathname + callback.search)).headers.get("location")).toBe(ORIGIN + PAGE);
  expect(await isSignedIn(other)).toBe(true);
});

test("a user whom nobody listed, and one whom the provider turns away, are told so and are not signed in", async () => {
  for (const [as, status, words] of [
    ["2", 403, "may not use this service"],
    ["nobody", 400, "did not sign you in"],
    ["500", 503, "could not be reached"],
  ] as const) {
    const browser = openBrowser();
    const started = await browser.post("/sign-in/github", { return: PAGE });
    const answered = await fetch(`${started.headers.get("location")}&as=${as}`, { redirect: "manual" });
    const callback = new URL(answered.headers.get("location") ?? "");
    const back = await browser.get(callback.pathname + callback.search);
    expect([as, back.status, await back.text()]).toEqual([as, status, expect.stringContaining(words)]);
    expect([...browser.cookies.keys()]).toEqual([]);
  }
});

test("a callback is worth nothing in another browser, nor twice, nor with a cookie that was kept", async () => {
  const [ada, thief] = [openBrowser(), openBrowser()];
  const state = (await ada.towards(PAGE)).searchParams.get("state") ?? "";
  const callback = `/sign-in/development/callback?${new URLSearchParams({ state, name: "ada" })}`;
  const trip = tripOf(ada).join("=");
  expect((await thief.get(callback)).status).toBe(400);
  // A thief who is on a way of their own has a cookie, and still another state.
  await thief.towards(PAGE);
  expect((await thief.get(callback)).status).toBe(400);
  const github = callback.replace("development", "github");
  expect((await ada.get(github, { cookie: trip })).status).toBe(400);
  expect((await ada.get(callback)).status).toBe(303);
  expect((await ada.get(callback)).status).toBe(400);
  expect((await thief.get(callback, { cookie: trip })).status).toBe(400);
  expect(thief.cookies.has(SESSION)).toBe(false);
  expect(await isSignedIn(ada)).toBe(true);
});

test("cookies of one purpose open nothing else, and a changed, cut or made-up one is no session", async () => {
  const browser = openBrowser();
  await browser.signIn("ada", PAGE);
  const session = browser.cookies.get(SESSION) ?? "";
  await browser.towards(PAGE);
  const [, trip] = tripOf(browser);
  const cut = session.slice(0, -1);
  const turned = `${session.slice(0, 30)}${session[30] === "A" ? "B" : "A"}${session.slice(31)}`;
  for (const value of [trip, cut, turned, "", ".", "a.b", `${session}.x`, "%00", "x".repeat(8000)]) {
    const asked = await openBrowser().get(PAGE, { cookie: `${SESSION}=${value}` });
    expect([value.slice(0, 8), asked.status]).toEqual([value.slice(0, 8), 200]);
  }
  expect((await openBrowser().get(PAGE, { cookie: `${SESSION}=${session}` })).status).toBe(404);
  // The cookie of a session, put where the record of a sign-in belongs.
  const state = "browser.".padEnd(51, "a");
  const swapped = await openBrowser().get(
    `/sign-in/development/callback?${new URLSearchParams({ state, name: "ada" })}`,
    {
      cookie: `${TRIP}-aaaaaaaa=${session}`,
    },
  );
  expect(swapped.status).toBe(400);
});

test("sign-in comes back to pages of this bridge only: every other place is refused before anybody is sent anywhere", async () => {
  const evil = [
    "https://evil.test/",
    "//evil.test",
    "/\\evil.test",
    "/approvals/../../evil",
    "/authorize",
    "/mcp",
    "/",
    "",
  ];
  const odd = [
    `${PAGE}?x=1`,
    `${PAGE}#x`,
    `${PAGE}/`,
    `${PAGE}\n`,
    `${PAGE}@evil.test`,
    ` ${PAGE}`,
    `${ORIGIN}${PAGE}`,
    "/sign-out",
  ];
  for (const place of [...evil, ...odd]) {
    const answer = await openBrowser().post("/sign-in/development", { return: place });
    expect([place, answer.status, answer.headers.get("location")]).toEqual([place, 400, null]);
  }
});

test("forms are taken from our own pages only: not from a listed origin, another port, nor without an Origin", async () => {
  const fields = { return: PAGE };
  const origins = ["https://evil.test", "http://127.0.0.1:9999", "http://localhost:8787", "null", ""];
  for (const path of ["/sign-in/development", "/sign-out", PAGE]) {
    for (const origin of origins) {
      const answer = await openBrowser().submit(path, fields, { origin });
      expect([path, origin, answer.status]).toEqual([path, origin, 403]);
    }
    for (const site of ["cross-site", "same-site", "none"]) {
      const answer = await openBrowser().submit(path, fields, { "sec-fetch-site": site });
      expect([path, site, answer.status]).toEqual([path, site, 403]);
    }
  }
});

test("a session is over when the user signs in anew, when all are ended, when they are frozen or erased", async () => {
  const [one, two] = [openBrowser(), openBrowser()];
  await one.signIn("kim", PAGE);
  const old = `${SESSION}=${one.cookies.get(SESSION)}`;
  await one.signIn("kim", PAGE);
  expect((await openBrowser().get(PAGE, { cookie: old })).status).toBe(200);
  await two.signIn("kim", PAGE);
  expect([await isSignedIn(one), await isSignedIn(two)]).toEqual([true, true]);
  const ledger = await ledgerOf("kim");
  await ledger.endBrowserSessions("all", WHO);
  expect([await isSignedIn(one), await isSignedIn(two)]).toEqual([false, false]);

  await one.signIn("kim", PAGE);
  const frozen = bindings.CONTROL.prepare("INSERT INTO switch (kind, value) VALUES ('subject', ?1)").bind(
    await subjectOf("kim"),
  );
  await frozen.run();
  const skip = (ms: number) =>
    runInDurableObject(ledger, (inside: Ledger) => {
      const now = inside.clock() + ms;
      inside.clock = () => now;
    });
  // The ledger's copy of the switches is up to five seconds old.
  await skip(6_000);
  expect(await isSignedIn(one)).toBe(false);
  expect((await one.signIn("kim", PAGE)).status).toBe(403);
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
  await skip(6_000);
  expect(await isSignedIn(one)).toBe(false);
  expect((await one.signIn("kim", PAGE)).status).toBe(303);
  expect(await isSignedIn(one)).toBe(true);
  await ledger.erase();
  expect(await isSignedIn(one)).toBe(false);

  const kinds = (await ledger.events()).flatMap(({ event }) => (event.kind === "browser-session" ? [event.step] : []));
  expect(kinds).toEqual(["opened", "opened", "ended", "opened", "all-ended", "opened", "opened"]);
});

test("anyone who is taken off the list is signed out at the next page, and so is who signed in by a way that is gone", async () => {
  const browser = openBrowser();
  await browser.signIn("max", PAGE);
  const loaded = loadSettings(bindings);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  const request = () =>
    new Request(ORIGIN + PAGE, { headers: { cookie: `${SESSION}=${browser.cookies.get(SESSION)}` } });
  const context = {
    app,
    env: bindings,
    ctx: createExecutionContext(),
    settings: loaded.settings,
    signIns: [],
    requestId: "r",
    connections: undefined,
    isReturnPath: () => false,
  };
  expect(await loadBrowserSession(request(), { ...context, entitlement: () => ["notes:read"] })).toMatchObject({
    user: { name: "max" },
    entitled: ["notes:read"],
  });
  expect(await loadBrowserSession(request(), { ...context, entitlement: () => [] })).toBeUndefined();
});

test("after thirty minutes a session is over, whatever the browser still sends", async () => {
  const browser = openBrowser();
  await browser.signIn("lou", PAGE);
  const ledger = await ledgerOf("lou");
  const set = (ms: number) =>
    runInDurableObject(ledger, (inside: Ledger) => {
      const now = Date.now() + ms;
      inside.clock = () => now;
    });
  await set(29 * 60_000);
  expect(await isSignedIn(browser)).toBe(true);
  await set(31 * 60_000);
  expect(await isSignedIn(browser)).toBe(false);
});

test("pages of a user are never stored, never framed, and never read by another site", async () => {
  const browser = openBrowser();
  await browser.signIn("ada", PAGE);
  for (const page of [await openBrowser().get(PAGE), await browser.get(PAGE)]) {
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "cache-control": "no-store",
      "x-frame-options": "DENY",
      "cross-origin-resource-policy": "same-origin",
      "content-security-policy": expect.stringContaining("frame-ancestors 'none'"),
    });
  }
  const read = await browser.get(PAGE, { origin: "http://127.0.0.1:9999" });
  expect(read.headers.get("access-control-allow-credentials")).toBeNull();
});
