// The second page: what sign-in took away is shown before anything is granted.

import { expect, test } from "vitest";
import { development } from "../../../src/bridge/sign-in/development.ts";
import { ownBridge } from "../support/own-bridge.ts";
import { cookiesOf } from "../support/sign-in.ts";
import { auditLogOf, bindings, ORIGIN } from "../support/worker.ts";

/** A bridge whose users may read and not write. */
const journey = ownBridge([{ ...development, entitles: () => ["profile:read", "notes:read"] }]);

async function reachSecondPage(name = "ada <b>") {
  const client = await journey.register();
  const page = await journey.openConsent(client, { scope: "profile:read notes:write" });
  const allowed = await journey.postConsent(page, { ticked: ["notes:read", "notes:write"] });
  const state = new URL(allowed.headers.get("location") ?? "").searchParams.get("state") ?? "";
  const callback = `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state, name })}`;
  const shown = await journey.fetch(callback, { headers: { cookie: cookiesOf(allowed) }, redirect: "manual" });
  const html = await shown.text();
  const handle = /name="handle" value="([^"]+)"/.exec(html)?.[1] ?? "";
  return { client, shown, html, handle, cookie: cookiesOf(shown), signInState: state };
}

async function press(confirm: string, handle: string, cookie: string, origin = ORIGIN, on = journey) {
  const headers = { "content-type": "application/x-www-form-urlencoded", cookie, origin };
  const body = new URLSearchParams({ handle, confirm }).toString();
  return on.fetch(`${ORIGIN}/authorize`, { method: "POST", headers, body, redirect: "manual" });
}

test("less than was ticked: the second page names the user and what is left, and only then is that granted", async () => {
  const { client, shown, html, handle, cookie } = await reachSecondPage();
  expect([shown.status, shown.headers.get("location")]).toEqual([200, null]);
  expect(html).toContain("ada &lt;b&gt;");
  expect(html).toMatch(/What it may do[\s\S]*notes:read[\s\S]*What it does not get[\s\S]*notes:write/);
  const back = new URL((await press("continue", handle, cookie)).headers.get("location") ?? "");
  const answer = await journey.redeem(client, back.searchParams.get("code") ?? "");
  expect(await answer.json()).toMatchObject({ scope: "profile:read notes:read" });
});

test("Cancel on the second page is access_denied, nothing is granted, and the audit log says what was asked and refused", async () => {
  const { handle, cookie } = await reachSecondPage();
  const back = new URL((await press("cancel", handle, cookie)).headers.get("location") ?? "");
  const said = ["error", "state", "iss", "code"].map((name) => back.searchParams.get(name));
  expect(said).toEqual(["access_denied", "state-1", ORIGIN, null]);
  const last = await bindings.CONTROL.prepare("SELECT subject FROM person ORDER BY since DESC LIMIT 1").first<{
    subject: string;
  }>();
  const asked = ["profile:read", "notes:read", "notes:write"];
  expect((await auditLogOf(last?.subject ?? "")).at(-1)).toMatchObject({ kind: "consent", asked, granted: [] });
});

test("an app that would lose what it has now: the second page says what, and Cancel leaves it as it is", async () => {
  const full = ownBridge([development]);
  const ticked = ["notes:read", "notes:write", "notes:delete"];
  const { client, tokens } = await full.connect({ name: "loses", ticked, scope: ticked.join(" ") });
  const again = async (less: readonly string[]) => {
    const allowed = await full.postConsent(await full.openConsent(client), { ticked: less, lifetime: "604800" });
    const state = new URL(allowed.headers.get("location") ?? "").searchParams.get("state") ?? "";
    const callback = `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state, name: "loses" })}`;
    return full.fetch(callback, { headers: { cookie: cookiesOf(allowed) }, redirect: "manual" });
  };
  expect((await again(ticked)).status, "nothing is lost").toBe(302);
  const shown = await again(["notes:read"]);
  const html = await shown.text();
  expect([shown.status, html]).toEqual([200, expect.stringContaining("<h1>This replaces a connection</h1>")]);
  expect(html).toMatch(/What it may do[\s\S]*notes:read[\s\S]*What it loses[\s\S]*notes:write[\s\S]*notes:delete/);
  for (const text of ["unverified", "7 days", "127.0.0.1", "loses"]) expect(html).toContain(text);
  const handle = /name="handle" value="([^"]+)"/.exec(html)?.[1] ?? "";
  expect((await press("cancel", handle, cookiesOf(shown), ORIGIN, full)).status).toBe(302);
  expect((await full.modern(tokens.access_token, "tools/call", { name: "whoami", arguments: {} })).status).toBe(200);
});

test("what a user may hold is asked again when they answer the second page", async () => {
  const narrower = ownBridge([{ ...development, entitles: () => ["profile:read"] }]);
  const nothing = ownBridge([{ ...development, entitles: () => [] }]);
  const { handle, cookie } = await reachSecondPage("grace");
  const back = new URL((await press("continue", handle, cookie, ORIGIN, narrower)).headers.get("location") ?? "");
  const subject = back.searchParams.get("code")?.split(":")[0] ?? "";
  expect((await auditLogOf(subject)).at(-1)).toMatchObject({ kind: "consent", granted: ["profile:read"] });
  const second = await reachSecondPage("grace");
  const refused =
    (await press("continue", second.handle, second.cookie, ORIGIN, nothing)).headers.get("location") ?? "";
  expect(new URL(refused).searchParams.get("error")).toBe("access_denied");
});

test("the second page cannot be forged, replayed, answered from another browser, or opened with a sign-in's state", async () => {
  const { handle, cookie, signInState } = await reachSecondPage();
  const refused = async (answer: Promise<Response>) => [(await answer).status, (await answer).headers.get("location")];
  expect(await refused(press("continue", handle, "other=browser"))).toEqual([400, null]);
  expect((await press("continue", handle, cookie, "https://evil.test")).status).toBe(403);
  expect(await refused(press("continue", signInState, cookie))).toEqual([400, null]);
  expect(await refused(press("yes", handle, cookie))).toEqual([400, null]);
  expect((await press("continue", handle, cookie)).status).toBe(302);
  expect(await refused(press("continue", handle, cookie))).toEqual([400, null]);

  // A sign-in that is still under way has a state too. It must not stand in for somebody who has signed in.
  const client = await journey.register();
  const allowed = await journey.postConsent(await journey.openConsent(client));
  const state = new URL(allowed.headers.get("location") ?? "").searchParams.get("state") ?? "";
  expect(await refused(press("continue", state, cookiesOf(allowed)))).toEqual([400, null]);
  // Nor the other way round.
  const second = await reachSecondPage();
  const callback = `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state: second.handle, name: "eve" })}`;
  expect(await refused(journey.fetch(callback, { headers: { cookie: second.cookie }, redirect: "manual" }))).toEqual([
    400,
    null,
  ]);
});
