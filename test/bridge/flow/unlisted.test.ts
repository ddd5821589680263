// Somebody who is not listed learns which fact was missing, and so does the log; a fact that cannot be had keeps nobody else out.
// And: a sign-in counts as fresh only where a fresh one was asked for.

import { afterEach, expect, test, vi } from "vitest";
import { parseListing } from "../../../src/bridge/app/listing.ts";
import { isFresh } from "../../../src/bridge/gate/approval.ts";
import { loadBrowserSession } from "../../../src/bridge/sign-in/browser-session.ts";
import { github } from "../../../src/bridge/sign-in/github.ts";
import { returned } from "../../../src/bridge/sign-in/returned.ts";
import { app } from "../fixture/app.ts";
import type { Journey } from "../support/journey.ts";
import { loadSettings } from "../support/own-app.ts";
import { cookiesOf } from "../support/sign-in.ts";
import { bindings, journey, ORIGIN, openBrowser } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** To the provider, where `change` may do something to the link, and back. */
async function trip(at: Journey, provider: string, as: string, change: (link: URL) => void = () => undefined) {
  const allowed = await at.postConsent(await at.openConsent(await at.register()), { decision: `allow:${provider}` });
  const link = new URL(allowed.headers.get("location") ?? "");
  link.searchParams.set("as", as);
  change(link);
  const callback = (await fetch(link, { redirect: "manual" })).headers.get("location") ?? "";
  const back = await at.fetch(callback, { headers: { cookie: cookiesOf(allowed) }, redirect: "manual" });
  return new URL(back.headers.get("location") ?? ORIGIN).searchParams;
}

const signInLines = (log: { readonly mock: { readonly calls: readonly unknown[][] } }) =>
  log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"at":"sign-in"'));

test("who lacks a fact that the list asks for is told which one, by the app, on the page and in the log", async () => {
  const log = vi.spyOn(console, "log");
  const noScope = (link: URL) => link.searchParams.set("scope", "");
  for (const [provider, as, change, words, code] of [
    ["oidc", "unverified", undefined, ["a verified mail address"], "no-verified-mail"],
    ["oidc", "kay-unlisted", undefined, ["a verified mail address"], "no-verified-mail"],
    ["oidc", "below", undefined, [], "not-named"],
    ["github", "5", undefined, ["GitHub did not give a verified mail address"], "no-verified-mail"],
    ["github", "2", undefined, [], "not-named"],
    ["github", "4", noScope, ["a verified mail address", "your organisations"], "no-verified-mail no-memberships"],
  ] as const) {
    log.mockClear();
    const told = await trip(journey, provider, as, change);
    expect([as, told.get("error")]).toEqual([as, "access_denied"]);
    for (const word of words) expect(told.get("error_description")).toContain(word);
    if (words.length === 0) expect(told.get("error_description")).not.toContain("did not give");
    expect(signInLines(log).map((line) => JSON.parse(line))).toMatchObject([{ provider, refused: "unlisted", code }]);

    const browser = openBrowser();
    const started = await browser.post(`/sign-in/${provider}`, { return: "/console" });
    const link = new URL(started.headers.get("location") ?? "");
    link.searchParams.set("as", as);
    change?.(link);
    const callback = new URL((await fetch(link, { redirect: "manual" })).headers.get("location") ?? "");
    const page = await browser.get(callback.pathname + callback.search);
    const html = await page.text();
    expect([as, page.status]).toEqual([as, 403]);
    for (const word of words) expect(html).toContain(word);
  }
});

test("a fact that GitHub does not give keeps nobody out who is listed by number; one that passes is asked for again", async () => {
  // Without their scopes /user/emails is 404 and /user/orgs is 403.
  const told = await trip(journey, "github", "583231", (link) => link.searchParams.set("scope", ""));
  expect([told.get("error"), told.has("code")]).toEqual([null, true]);

  const honest = globalThis.fetch;
  const limited = { status: 403, headers: { "x-ratelimit-remaining": "0" } };
  for (const path of ["/user/emails", "/user/orgs"]) {
    for (const [init, expected] of [
      [{ status: 404 }, null],
      [{ status: 403 }, null],
      [{ status: 401 }, null],
      [{ status: 410 }, null],
      [{ status: 301, headers: { location: "/elsewhere" } }, null],
      [limited, "temporarily_unavailable"],
      [{ status: 403, headers: { "retry-after": "60" } }, "temporarily_unavailable"],
      [{ status: 429 }, "temporarily_unavailable"],
      [{ status: 500 }, "temporarily_unavailable"],
      [{ status: 503 }, "temporarily_unavailable"],
    ] as const) {
      const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, more) => {
        const url = input instanceof Request ? input.url : String(input);
        return new URL(url).pathname === path ? new Response("{}", init) : honest(input, more);
      });
      const answer = await trip(journey, "github", "583231");
      expect([path, init, answer.get("error")]).toEqual([path, init, expected]);
      spy.mockRestore();
    }
  }
});

test("a GitHub round trip without a prompt is not fresh at the console; one that was asked to be fresh is", async () => {
  const loaded = loadSettings(bindings);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  const { settings } = loaded;
  for (const fresh of [false, true]) {
    const browser = openBrowser();
    const started = await browser.post("/sign-in/github", { return: "/console", ...(fresh ? { fresh: "1" } : {}) });
    const link = `${started.headers.get("location")}&as=583231`;
    const callback = new URL((await fetch(link, { redirect: "manual" })).headers.get("location") ?? "");
    await browser.get(callback.pathname + callback.search);
    const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
    const context = { env: bindings, settings, entitlement: () => ["notes:read"] } as never;
    const session = await loadBrowserSession(new Request(ORIGIN, { headers: { cookie } }), context);
    const at = session?.signedInAt ?? null;
    expect([fresh, session?.user.name, at !== null && isFresh(at, Date.now())]).toEqual([fresh, "octocat", fresh]);
  }
});

test("what the app's own list narrows by has to be known: without it nobody enters who could be meant", async () => {
  const user = { provider: "github", issuer: "https://github.com", id: "7", name: "seven" };
  const back = { ...github, finish: async () => ({ user, lacks: ["mail"] as const }) };
  const settings = {} as never;
  const come = (who: readonly string[]) => {
    const people = who.map((one) => ({ who: one, may: [] }));
    const over = { ...app, people, listings: who.map(parseListing) };
    return returned(back, new URL(ORIGIN), {}, { app: over, settings });
  };
  expect(await come([])).toMatchObject({ user });
  expect(await come(["github:8", "github-org:9"])).toMatchObject({ user });
  for (const who of ["mail:intern@example.com", "mail-domain:contractors.test"]) {
    expect(await come(["github:8", who])).toEqual({ refused: "misconfigured", code: "no-verified-mail" });
  }
});
