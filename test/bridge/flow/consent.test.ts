// The consent page as HTTP sees it (A9, A10, K1 to K4, K8 to K12): what it shows, what it sends, and where nothing goes before it.

import { expect, test } from "vitest";
import { cookiesOf } from "../support/attack.ts";
import { REDIRECT, type Tokens } from "../support/journey.ts";
import { app, SCOPES } from "../support/own-app.ts";
import { journey, ORIGIN } from "../support/worker.ts";

test("opening /authorize never leads on: not to a provider, not to the client, not even after an approval", async () => {
  const client = await journey.register();
  const { html, response, handle, cookie } = await journey.openConsent(client);
  expect([response.status, response.headers.get("location"), handle !== ""]).toEqual([200, null, true]);
  const set = response.headers.getSetCookie();
  expect(set, "the page's own cookie, and none for a sign-in that nobody began").toHaveLength(1);
  const allowed = await journey.postConsent({ handle, cookie });
  expect(allowed.headers.get("location")).toContain("/sign-in/development");
  const back = await journey.signIn(allowed);
  expect(back.searchParams.get("code")).toBeTruthy();
  const cookies = [cookie, cookiesOf(allowed)].join("; ");
  for (const prompt of [undefined, "none"]) {
    const url = await journey.authorizeUrl(client, { overrides: { prompt } }, "v".repeat(64));
    const again = await journey.fetch(url, { headers: { cookie: cookies }, redirect: "manual" });
    expect([prompt, again.status, again.headers.get("location")]).toEqual([prompt, 200, null]);
    await again.text();
  }
  expect(html).toContain("Deny");
});

test("Deny tells the client so, with its own state and our name, and echoes no state into a page", async () => {
  const state = `<script>${"s".repeat(200)}`;
  const page = await journey.openConsent(await journey.register(), { overrides: { state } });
  expect(page.html).not.toContain("s".repeat(200));
  const denied = await journey.postConsent(page, { decision: "deny" });
  const back = new URL(denied.headers.get("location") ?? "");
  expect(`${back.origin}${back.pathname}`).toBe(REDIRECT);
  const said = ["error", "state", "iss", "code"].map((name) => back.searchParams.get(name));
  expect(said).toEqual(["access_denied", state, ORIGIN, null]);
  const long = await journey.openConsent(await journey.register(), { overrides: { state: "s".repeat(10_000) } });
  expect(long.response.status).toBe(414);
});

const box = (html: string, scope: string) =>
  new RegExp(`<input type="checkbox" name="scope" value="${scope}"[^>]*>`).exec(html)?.[0] ?? "";

test("the page names the app, the place, until when, and each scope with its risk", async () => {
  const client = await journey.register({ client_name: "My notes app" });
  const { html } = await journey.openConsent(client);
  const soon = new Date(Date.now() + 10 * 60_000).toISOString().slice(11, 13);
  for (const text of [
    "My notes app",
    "unverified",
    ">127.0.0.1<",
    "A program on this device",
    "24 hours",
    "7 days",
    `${soon}:`,
  ])
    expect(html).toContain(text);
  for (const scope of SCOPES) {
    const { may, risk, offer } = app.scopes.entry(scope);
    expect(html).toContain(risk);
    expect(html, scope).toContain(may);
    expect([scope, box(html, scope).includes("disabled")]).toEqual([scope, offer === "always"]);
  }
  const { html: nameless } = await journey.openConsent(await journey.register({ client_name: undefined }));
  expect(nameless).toContain("(no name)");
});

test("nothing is ticked that was not asked for; an app that asks for the baseline alone is offered what a first connection needs", async () => {
  const client = await journey.register();
  for (const [scope, ticked] of [
    ["profile:read", ["notes:read"]],
    ["profile:read offline_access", ["notes:read"]],
    ["notes:read", ["notes:read"]],
    ["notes:write", ["notes:write"]],
    ["notes:delete", []],
    ["profile:read notes:read notes:write notes:delete", ["notes:read", "notes:write"]],
    [undefined, ["notes:read"]],
  ] as const) {
    const { html } = await journey.openConsent(client, { overrides: { scope } });
    expect([scope, SCOPES.filter((one) => box(html, one).includes("checked"))]).toEqual([
      scope,
      ["profile:read", ...ticked],
    ]);
    // What was neither asked for nor needed is folded away.
    const folded = html.slice(html.indexOf("<details"), html.indexOf("</details>"));
    const more = scope?.includes("notes:") === true ? scope.split(" ") : ["notes:read"];
    const rest = SCOPES.filter((one) => one !== "profile:read" && !more.includes(one));
    expect([scope, SCOPES.filter((one) => box(folded, one) !== "")]).toEqual([scope, rest]);
    if (rest.length > 0) expect([scope, folded.startsWith("<details open")]).toEqual([scope, false]);
    expect(html.split("can delete</span>").length, "one scope deletes").toBe(2);
  }
});

test("no script, no image, no frame, nothing from elsewhere; its form is not held back from the client", async () => {
  const logo = "https://evil.example/logo.png";
  const { html, response } = await journey.openConsent(await journey.register({ logo_uri: logo }));
  expect(html).not.toMatch(/<(img|script|iframe|object|embed|link)\b|url\(|evil\.example/);
  const policy = response.headers.get("content-security-policy") ?? "";
  for (const part of [
    "default-src 'none'",
    "img-src 'none'",
    "script-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ])
    expect(policy).toContain(part);
  expect(policy).not.toContain("form-action");
  expect(response.headers.get("x-frame-options")).toBe("DENY");
  // The form has to arrive with an Origin: `no-referrer` would send `null` (K6).
  expect(response.headers.get("referrer-policy")).toBe("same-origin");
});

test("a token or code that was made for another resource is worth nothing here", async () => {
  const client = await journey.register();
  const code = async () =>
    (await journey.signIn(await journey.postConsent(await journey.openConsent(client)))).searchParams.get("code") ?? "";
  const fields = { grant_type: "authorization_code", client_id: client.id, redirect_uri: client.redirectUri };
  const redeem = async (resource: string) =>
    journey.token({ ...fields, code: await code(), code_verifier: "v".repeat(64), resource });
  const tokens = (await (await redeem(journey.resource)).json()) as Tokens;
  expect((await journey.modern(tokens.access_token, "tools/list")).status).toBe(200);
  for (const resource of ["https://other.example/mcp", ORIGIN, `${journey.resource}/`]) {
    const refused = await redeem(resource);
    expect([resource, refused.status, await refused.json()]).toMatchObject([
      resource,
      400,
      { error: "invalid_target" },
    ]);
    const renewed = await journey.refresh(client, tokens.refresh_token, { resource });
    expect([resource, renewed.status]).toEqual([resource, 400]);
  }
});
