// A consent form or a sign-in whose time or use is over: each page names its cause and the way out.

import { expect, test } from "vitest";
import { cookiesOf } from "../support/attack.ts";
import { journey, ORIGIN } from "../support/worker.ts";

type Sent = Readonly<Record<string, string>>;

/** The consent form as a browser sends it. */
async function send(html: string, cookie: string, more: Sent = {}) {
  const [until, handle] = ["until", "handle"].map(
    (name) => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "",
  );
  const fields = {
    until: until ?? "",
    handle: handle ?? "",
    lifetime: "86400",
    decision: "allow:development",
    ...more,
  };
  const headers = { "content-type": "application/x-www-form-urlencoded", origin: ORIGIN, cookie };
  const body = new URLSearchParams(fields).toString();
  return journey.fetch(`${ORIGIN}/authorize`, { method: "POST", headers, body, redirect: "manual" });
}

async function titleOf(response: Response) {
  const html = await response.text();
  expect([response.status, html]).toEqual([400, expect.stringContaining("If your app says that it is connected")]);
  expect(html).not.toContain("cannot be made");
  return /<h1>(.*?)<\/h1>/.exec(html)?.[1];
}

test("a form that was sent before, in another browser, without cookies or too late: four causes, and the way out", async () => {
  const client = await journey.register();
  const { html, cookie } = await journey.openConsent(client);
  expect(await titleOf(await send(html, ""))).toBe("This page cannot be used here");
  expect(await titleOf(await send(html, "__Host-other=x"))).toBe("This page cannot be used here");
  const sent = await send(html, cookie);
  expect(sent.status).toBe(302);
  // As a browser does: the library takes its cookie away, ours stays for ten minutes.
  const ours = cookiesOf(sent);
  expect(ours).toContain("__Host-drawbridge-decided=1");
  expect(await titleOf(await send(html, ours))).toBe("You have decided already");
  expect(await titleOf(await send(html, "", { until: String(Date.now() - 1) }))).toBe("This page was open too long");
  const denied = await journey.openConsent(client);
  expect(cookiesOf(await send(denied.html, denied.cookie, { decision: "deny" }))).toContain("decided");
});

test("the way back from sign-in works once; loaded again it says so, and that the app may be connected", async () => {
  const client = await journey.register();
  const { html, cookie } = await journey.openConsent(client);
  const allowed = await send(html, cookie);
  const state = new URL(allowed.headers.get("location") ?? "").searchParams.get("state") ?? "";
  const callback = `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state, name: "back" })}`;
  const go = (cookies: string) => journey.fetch(callback, { headers: { cookie: cookies }, redirect: "manual" });
  expect(await titleOf(await go(""))).toBe("This page cannot be used here");
  expect((await go(cookiesOf(allowed))).status).toBe(302);
  expect(await titleOf(await go(cookiesOf(allowed)))).toBe("You have decided already");
});

test("a faulty request of the app is called that, and nothing of it is echoed", async () => {
  const client = await journey.register();
  const url = await journey.authorizeUrl(client, {}, "v".repeat(64));
  for (const odd of ["&\u202Estate=1&\u202Estate=2", `&${new URLSearchParams({ scope: "notes:read" })}`]) {
    const answer = await journey.fetch(`${url}${odd}`, { redirect: "manual" });
    const html = await answer.text();
    expect([answer.status, html]).toEqual([400, expect.stringContaining("<h1>The app sent a faulty request</h1>")]);
    expect(html).not.toContain("\u202E");
  }
});
