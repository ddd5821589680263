// One consent gives one grant, to the user whom a page has named: callbacks and forms sent at once, and somebody else at the provider.

import { afterEach, expect, test, vi } from "vitest";
import type { Client } from "../support/journey.ts";
import { cookiesOf } from "../support/sign-in.ts";
import { auditLogOf, journey, ORIGIN, openBrowser } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const AT_ONCE = 6;
const form = (cookie: string, fields: Record<string, string>) => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded", cookie, origin: ORIGIN },
  body: new URLSearchParams(fields).toString(),
  redirect: "manual" as const,
});
const callbackOf = (allowed: Response, name: string) => {
  const state = new URL(allowed.headers.get("location") ?? "", ORIGIN).searchParams.get("state") ?? "";
  return `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state, name })}`;
};
const atOnce = (send: () => Promise<Response>) => Promise.all(Array.from({ length: AT_ONCE }, send));
const codesOf = (answers: readonly Response[]) =>
  answers.flatMap((answer) => {
    const location = answer.headers.get("location");
    return location === null ? [] : new URL(location).searchParams.getAll("code");
  });

async function worksOnce(client: Client, answers: readonly Response[]) {
  const codes = codesOf(answers);
  expect(codes).toHaveLength(1);
  const others = answers.filter((answer) => !answer.headers.has("location"));
  expect(others.map(({ status }) => status)).toEqual(Array.from({ length: AT_ONCE - 1 }, () => 400));
  const tokens = await journey.redeem(client, codes[0] ?? "");
  expect(tokens.status).toBe(200);
  const { access_token } = (await tokens.json()) as { access_token: string };
  const events = await auditLogOf(access_token);
  expect(events.filter(({ kind }) => kind === "consent")).toHaveLength(1);
}

test("callbacks that arrive at once with one state give one code, although the provider honours its own again", async () => {
  const client = await journey.register();
  const allowed = await journey.postConsent(await journey.openConsent(client));
  const headers = { cookie: cookiesOf(allowed) };
  const send = () => journey.fetch(callbackOf(allowed, "once"), { headers, redirect: "manual" });
  await worksOnce(client, await atOnce(send));
});

test("a consent form that is sent several times at once leads to one code", async () => {
  const client = await journey.register();
  const page = await journey.openConsent(client);
  const allowed = (await atOnce(() => journey.postConsent(page))).filter(({ headers }) => headers.has("location"));
  const answers = await Promise.all(
    allowed.map((one) =>
      journey.fetch(callbackOf(one, "twice"), { headers: { cookie: cookiesOf(one) }, redirect: "manual" }),
    ),
  );
  expect(codesOf(answers)).toHaveLength(1);
});

test("the second page, sent several times at once, gives one code", async () => {
  const client = await journey.register();
  const browser = openBrowser();
  await browser.signIn("first", "/console");
  const page = await journey.openConsent(client);
  const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
  const allowed = await journey.postConsent({ ...page, cookie: `${page.cookie}; ${cookie}` });
  const headers = { cookie: cookiesOf(allowed) };
  const second = await journey.fetch(callbackOf(allowed, "thrice"), { headers, redirect: "manual" });
  const handle = /name="handle" value="([^"]+)"/.exec(await second.text())?.[1] ?? "";
  const fields = form(cookiesOf(second), { handle, confirm: "continue" });
  await worksOnce(client, await atOnce(() => journey.fetch(`${ORIGIN}/authorize`, fields)));
});

test("when one user allows an app and another comes back, the second page names who is signed in, before anything is given", async () => {
  const client = await journey.register();
  const come = async (name: string) => {
    const browser = openBrowser();
    await browser.signIn("ada", "/console");
    const page = await journey.openConsent(client);
    const cookie = [...browser.cookies].map((pair) => pair.join("=")).join("; ");
    const allowed = await journey.postConsent({ ...page, cookie: `${page.cookie}; ${cookie}` });
    return journey.fetch(callbackOf(allowed, name), { headers: { cookie: cookiesOf(allowed) }, redirect: "manual" });
  };
  expect(codesOf([await come("ada")])).toHaveLength(1);
  const page = await come("grace");
  const html = await page.text();
  expect([page.status, page.headers.get("location")]).toEqual([200, null]);
  expect(html).toContain("You signed in as somebody else");
  expect(html).toContain("grace");
  expect(html).not.toContain("Less than you ticked");
  expect(html).not.toContain("What it does not get");
  const handle = /name="handle" value="([^"]+)"/.exec(html)?.[1] ?? "";
  const answer = await journey.fetch(`${ORIGIN}/authorize`, form(cookiesOf(page), { handle, confirm: "cancel" }));
  expect(new URL(answer.headers.get("location") ?? "").searchParams.get("error")).toBe("access_denied");
});

test("many consent pages in one browser leave a few cookies; a dropped page says so, and the newest go on", async () => {
  const client = await journey.register();
  const browser = openBrowser();
  const handles: string[] = [];
  for (let page = 0; page < 30; page += 1) {
    const url = new URL(await journey.authorizeUrl(client, {}, "v".repeat(64)));
    const html = await (await browser.get(url.pathname + url.search)).text();
    handles.push(/name="handle" value="([^"]+)"/.exec(html)?.[1] ?? "");
  }
  expect([...browser.cookies.keys()].filter((name) => name.startsWith("__Host-oauth-"))).toHaveLength(4);
  const allow = (handle: string | undefined) =>
    browser.post("/authorize", { handle: handle ?? "", decision: "allow:development", lifetime: "3600" });
  const oldest = await allow(handles[0]);
  expect([oldest.status, await oldest.text()]).toEqual([400, expect.stringContaining("several were opened after it")]);
  for (const handle of handles.slice(-4)) {
    const allowed = await allow(handle);
    const state = new URL(allowed.headers.get("location") ?? "", ORIGIN).searchParams.get("state") ?? "";
    const back = await browser.get(`/sign-in/development/callback?${new URLSearchParams({ state, name: "many" })}`);
    expect(new URL(back.headers.get("location") ?? "").searchParams.has("code")).toBe(true);
  }
});
