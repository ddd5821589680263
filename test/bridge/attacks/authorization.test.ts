// The authorization server under attack (A, C, K, U, T): redirects, scopes, consent, callbacks, codes, registrations.

import { expect, test, vi } from "vitest";
import { altered, authorize, bridgeAt, codeFor, cookiesOf, EVERYTHING, register, words } from "../support/attack.ts";
import { call, type Journey, REDIRECT, type Tokens } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

test("a redirect that is not registered, not loopback or not listed is told on our own page, never followed", async () => {
  const known = "https://claude.ai/api/mcp/auth_callback";
  const hosted = await journey.register({
    redirect_uris: [known, REDIRECT, "https://evil.example/cb", "cursor://x/cb"],
  });
  const shown = { status: 200, consent: true };
  expect(await authorize(hosted, {})).toMatchObject(shown);
  expect(await authorize(hosted, { redirect_uri: "http://127.0.0.1:9999/callback" })).toMatchObject(shown);
  const wrong = words(`https://evil.example/cb cursor://x/cb https://evil.example/ //evil.example x javascript:alert(1)
    https://claude.ai.evil.example/api/mcp/auth_callback https://claude.ai@evil.example/api/mcp/auth_callback
    https://claude.ai:444/api/mcp/auth_callback http://claude.ai/api/mcp/auth_callback ${known}/../../evil data:text/html,x
    http://127.0.0.1:33418/other http://localhost:33418/callback http://localhost.evil.example/callback ${REDIRECT}#x`);
  for (const redirect_uri of ["", ...wrong]) {
    const answer = await authorize(hosted, { redirect_uri, response_type: undefined });
    expect([redirect_uri, answer.status, answer.location]).toEqual([redirect_uri, 400, null]);
    const whole = await authorize(hosted, { redirect_uri });
    expect([redirect_uri, whole.status, whole.location, whole.consent]).toEqual([redirect_uri, 400, null, false]);
    expect(whole.html).not.toMatch(/<a (?!class="brand" href="\/")|javascript:|evil\.example\/cb/);
  }
  for (const client_id of ["nobody", undefined, "", "__proto__", "client:x"]) {
    expect(await authorize(hosted, { client_id })).toMatchObject({ status: 400, location: null });
  }
});

test("without S256 PKCE, with another response type or resource, or said twice, there is no consent page", async () => {
  const client = await journey.register();
  expect(await authorize(client, {})).toMatchObject({ status: 200, consent: true });
  const errors = [
    ...["", "plain", "s256", undefined].map(
      (code_challenge_method) => [{ code_challenge_method }, "invalid_request"] as const,
    ),
    ...["", undefined].map((code_challenge) => [{ code_challenge }, "invalid_request"] as const),
    [{ code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"] as const,
    ...["token", "code token"].map((response_type) => [{ response_type }, "unsupported_response_type"] as const),
    ...["https://other.example/mcp", `${ORIGIN}/mcp/`, ORIGIN].map(
      (resource) => [{ resource }, "invalid_target"] as const,
    ),
  ];
  for (const [overrides, error] of errors) {
    const answer = await authorize(client, overrides);
    expect([overrides, answer.status, answer.error, answer.consent]).toEqual([overrides, 302, error, false]);
    const params = new URL(answer.location ?? "").searchParams;
    expect([params.get("iss"), params.get("state"), params.get("code")]).toEqual([ORIGIN, "state-1", null]);
  }
  const url = await journey.authorizeUrl(client, {}, "v".repeat(64));
  const again = words("redirect_uri=https://evil.example/ client_id=x state=x resource=x scope=x code_challenge=x");
  for (const twice of again) {
    const answer = await journey.fetch(`${url}&${twice}`, { redirect: "manual" });
    expect([twice, answer.status, answer.headers.get("location")]).toEqual([twice, 400, null]);
  }
  expect(await authorize(client, { state: "s".repeat(2049) })).toMatchObject({ status: 400, consent: false });
  expect((await authorize(client, { state: '"><script>x</script>' })).html).not.toContain("<script>");
});

test("a code needs its verifier, client and redirect, works once, and its replay ends what it gave", async () => {
  const client = await journey.register();
  expect((await journey.redeem(client, await codeFor(client, "coder"))).status).toBe(200);
  const wrong: readonly ((code: string) => Promise<Response>)[] = [
    (code) => journey.redeem(client, code, "w".repeat(64)),
    (code) => journey.redeem(client, code, ""),
    async (code) => journey.redeem(await journey.register(), code),
    (code) => journey.redeem({ ...client, redirectUri: "http://127.0.0.1:1/callback" }, code),
    (code) => journey.redeem(client, altered(code)),
  ];
  for (const redeem of wrong) {
    const answer = await redeem(await codeFor(client, "coder"));
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: expect.stringMatching(/^invalid_/) }]);
  }
  const code = await codeFor(client, "coder");
  const tokens = (await (await journey.redeem(client, code)).json()) as Tokens;
  expect((await journey.modern(tokens.access_token, "tools/call", { name: "whoami" })).status).toBe(200);
  const replay = await journey.redeem(client, code);
  expect([replay.status, await replay.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  expect((await journey.modern(tokens.access_token, "tools/call", { name: "whoami" })).status).toBe(401);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(400);
});

test("two redemptions of one code at once give one set of tokens, and no failure", async () => {
  const client = await journey.register();
  const code = await codeFor(client, "racer");
  const answers = await Promise.all([journey.redeem(client, code), journey.redeem(client, code)]);
  takeErrors();
  expect(answers.filter(({ ok }) => ok).length).toBeLessThanOrEqual(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
});

test("a connection that its client revoked (RFC 7009) stays dead while another location's KV still has it", async () => {
  const { client, tokens } = await journey.connect({ name: "leaver" });
  const use = async () => (await journey.modern(tokens.access_token, "tools/call", { name: "whoami" })).status;
  expect(await use()).toBe(200);
  const { keys } = await bindings.OAUTH_KV.list();
  const stale = keys.filter(({ name }) => name.includes(tokens.access_token.split(":")[1] ?? "none"));
  const values = await Promise.all(stale.map(({ name }) => bindings.OAUTH_KV.get(name)));
  expect((await journey.token({ token: tokens.refresh_token, client_id: client.id })).status).toBe(200);
  expect(await use()).toBe(401);
  for (const [n, { name }] of stale.entries()) await bindings.OAUTH_KV.put(name, values[n] ?? "");
  expect(await use()).toBe(401);
});

test("what is granted is what was ticked, known and entitled; the client's wish widens nothing", async () => {
  const granted = async (scope: string, ticked: readonly string[], from: Journey = journey) =>
    (await from.connect({ name: "ada", scope, ticked })).tokens.scope;
  const { scope: everything, ticked: both } = EVERYTHING;
  expect(await granted(everything, both)).toBe(everything);
  expect(await granted(everything, [])).toBe("profile:read");
  expect(await granted("", [])).toBe("profile:read");
  expect(await granted(`${everything} admin:all *`, ["admin:all", "*", "__proto__"])).toBe("profile:read");
  expect(await granted("profile:read", ["notes:write"])).toBe("profile:read notes:write");
  const reader = bridgeAt(ORIGIN, {}, ["profile:read", "notes:read"]);
  expect(await granted(everything, both, reader)).toBe("profile:read notes:read");
  const { client, tokens } = await journey.connect({ name: "ada", scope: everything, ticked: ["notes:read"] });
  const widened = await journey.refresh(client, tokens.refresh_token, { scope: "profile:read notes:write admin:all" });
  const { scope = "", refresh_token = "" } = (await widened.json()) as Partial<Tokens>;
  expect(scope).toBe("profile:read");
  expect((await journey.refresh(client, refresh_token, { scope: "admin:all" })).status).toBe(400);
  expect((await journey.openConsent(client, { scope: `${everything} admin:all` })).html).not.toContain("admin:all");
});

test("a consent is good once, in the browser that opened it, from our own page, for what that page showed", async () => {
  const client = await journey.register();
  const honest = await journey.postConsent(await journey.openConsent(client));
  expect(new URL(honest.headers.get("location") ?? "", ORIGIN).searchParams.get("state")).toBeTruthy();
  const page = await journey.openConsent(client);
  const mine = await journey.openConsent(client);
  const bad = [
    await journey.postConsent({ ...page, cookie: "" }),
    await journey.postConsent({ ...page, cookie: mine.cookie }),
    await journey.postConsent({ ...page, handle: altered(page.handle) }),
    await journey.postConsent(page, { lifetime: "31536000" }),
  ];
  for (const decision of ["allow", "allow:nobody", "allow:__proto__", ""])
    bad.push(await journey.postConsent(page, { decision }));
  for (const answer of bad) expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
  for (const origin of ["https://evil.example", "null"]) {
    const fields = { handle: page.handle, decision: "allow:development", lifetime: "3600" };
    const body = new URLSearchParams(fields).toString();
    const headers = { "content-type": "application/x-www-form-urlencoded", cookie: page.cookie, origin };
    const forged = await journey.fetch(`${ORIGIN}/authorize`, { method: "POST", headers, body, redirect: "manual" });
    expect([origin, forged.status, forged.headers.get("location")]).toEqual([origin, 403, null]);
  }
  const used = await journey.openConsent(client);
  expect((await journey.postConsent(used)).status).toBe(302);
  for (const decision of ["allow:development", "deny"]) {
    const replay = await journey.postConsent(used, { decision });
    expect([replay.status, replay.headers.get("location")]).toEqual([400, null]);
  }
  const denied = await journey.postConsent(await journey.openConsent(client), { decision: "deny" });
  const params = new URL(denied.headers.get("location") ?? "").searchParams;
  const said = [params.get("error"), params.get("state"), params.get("iss"), params.get("code")];
  expect(said).toEqual(["access_denied", "state-1", ORIGIN, null]);
  expect(page.response.headers.get("set-cookie")).toMatch(/HttpOnly.*SameSite=Lax|SameSite=Lax.*HttpOnly/);
});

test("the way back from sign-in works once, and only in the browser that consented", async () => {
  const client = await journey.register();
  const allowed = await journey.postConsent(await journey.openConsent(client));
  const victim = await journey.postConsent(await journey.openConsent(client));
  const state = new URL(allowed.headers.get("location") ?? "", ORIGIN).searchParams.get("state") ?? "";
  const callback = `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state, name: "ada" })}`;
  const come = async (cookie: string) => {
    const answer = await journey.fetch(callback, { headers: { cookie }, redirect: "manual" });
    return [answer.status, answer.headers.get("location")];
  };
  for (const cookie of ["", cookiesOf(victim)]) expect(await come(cookie)).toEqual([400, null]);
  expect((await journey.signIn(allowed, "ada")).searchParams.get("code")).toBeTruthy();
  expect(await come(cookiesOf(allowed))).toEqual([400, null]);
});

test("nothing a client says about itself is markup, a link or an image on the page", async () => {
  const evil = "https://evil.example/x.png";
  for (const client_name of ['A & B\'s "client"', "Claude", "javascript:alert(1)", "{{7*7}}", "&lt;img src=x&gt;"]) {
    const client = await journey.register({ client_name, logo_uri: evil, client_uri: evil, policy_uri: evil });
    const { response, html } = await journey.openConsent(client);
    const shown = client_name.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
    expect([response.status, html]).toEqual([200, expect.stringContaining(shown)]);
    expect(html).not.toMatch(/<img|<script|evil\.example|href="javascript/);
    expect(html.includes("name of a well-known product")).toBe(client_name === "Claude");
  }
  for (const client_name of [5, ["x"], { en: "x" }]) {
    const answer = await register({ client_name, redirect_uris: [REDIRECT] });
    expect([client_name, answer.status]).toEqual([client_name, 400]);
    expect(await answer.json()).toMatchObject({ error: "invalid_client_metadata" });
  }
});

/** Controls, bidi and whatever else prints nothing: none of it may stand in a page as it is. */
const RAW = /[^\P{C}\n]|[\u2028\u2029]|\u202e/u;

test("an app may be called anything in any script; the consent page says what is odd, and shows what is hidden as numbers", async () => {
  const names: readonly (readonly [name: string, warning: RegExp | undefined])[] = [
    ["Заметки", undefined],
    ["ملاحظات ١٢", undefined],
    ["Notes ❤️ 👩‍👩‍👧", undefined],
    ["הערות Notes", undefined],
    ["Мои Notes", /mixes alphabets/],
    ["Νotes", /mixes alphabets/],
    ["\u0421laude", /look-alike letters/],
    ["CIaude", /look-alike letters/],
    ["a\u202eb", /hidden characters/],
    ["a\u200bb", /hidden characters/],
    ["a\u0000b", /hidden characters/],
    ["line\nbreak\u2028", /hidden characters/],
    ["half \ud800 a pair", /hidden characters/],
    ["<b>x</b>", /code or a link/],
    ["x".repeat(500), /longer than/],
  ];
  for (const [client_name, warning] of names) {
    const { response, html } = await journey.openConsent(await journey.register({ client_name }));
    expect([client_name, response.status]).toEqual([client_name, 200]);
    const plain = html.replace(/[\u{1f469}\u{1f467}]\u200d|\u2764\ufe0f/gu, "");
    expect([client_name, RAW.test(plain.replace(/\n/g, ""))]).toEqual([client_name, false]);
    const [, notice = ""] = /aria-label="Warning">(.*?)<\/div>/s.exec(html) ?? [];
    expect([client_name, notice]).toEqual([client_name, warning === undefined ? "" : expect.stringMatching(warning)]);
  }
});

test("the name of a well-known product is labelled in any disguise that a registration may have", async () => {
  const labelled = async (client_name: string) =>
    (await journey.openConsent(await journey.register({ client_name }))).html.includes("name of a well-known product");
  expect([await labelled("Claude"), await labelled("Clawed")]).toEqual([true, false]);
  for (const name of ["CLAUDE", "Ｃlaude", "Cláude", "C l a u d e", "C1aude", "Ⓒlaude", "ᴄʟᴀᴜᴅᴇ"])
    expect([name, await labelled(name)]).toEqual([name, true]);
});

test("while KV fails, everything that needs it is a 503 that says to try again, and nothing else", async () => {
  const { client, tokens } = await journey.connect({ name: "ada" });
  const failing = new Proxy({}, { get: () => () => Promise.reject(new Error("KV PUT failed: s3cret")) });
  const broken = bridgeAt(ORIGIN, { OAUTH_KV: failing });
  const answers = {
    mcp: (await broken.modern(tokens.access_token, "tools/list")).status,
    token: (await broken.refresh(client, tokens.refresh_token)).status,
    authorize: (await broken.openConsent(client)).response.status,
  };
  expect(takeErrors().join()).not.toContain("s3cret");
  expect(answers).toEqual({ mcp: 503, token: 503, authorize: 503 });
});

test("refresh stops when the user is no longer entitled and when the chosen lifetime is over", async () => {
  const bridge = bridgeAt(ORIGIN);
  const { client, tokens } = await bridge.connect({ name: "ada", lifetime: "3600" });
  const once = (await (await bridge.refresh(client, tokens.refresh_token)).json()) as Tokens;
  expect((await bridge.modern(once.access_token, "tools/list")).status).toBe(200);
  const removed = bridgeAt(ORIGIN, { ENTITLED: "mail:bob@people.test" });
  expect((await removed.modern(once.access_token, "tools/list")).status).toBe(401);
  const refused = await removed.refresh(client, once.refresh_token);
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  const events = await ledgerOf(tokens.access_token).events();
  expect(events.map(({ event }) => (event.kind === "grant-ended" ? event.why : ""))).toContain("unentitled");
  // Listed again, the old grant stays dead.
  expect((await bridge.refresh(client, once.refresh_token)).status).toBe(400);

  const short = await bridge.connect({ name: "bob", lifetime: "3600" });
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 86_400_000);
  const late = await bridge.refresh(short.client, short.tokens.refresh_token);
  clock.mockRestore();
  expect([late.status, await late.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  const stranger = await bridge.register();
  const back = await bridge.signIn(await bridge.postConsent(await bridge.openConsent(stranger)), "mallory");
  expect([back.searchParams.get("error"), back.searchParams.get("code")]).toEqual(["access_denied", null]);
  expect((await bridge.legacy(short.tokens.access_token, call("whoami"))).status).toBe(400);
});
