// What clients may say of themselves, in odd but honest forms, and more than they should; and what becomes of passing trouble with what
// a client names: its document, its keys.

import { afterEach, expect, test, vi } from "vitest";
import { register } from "../support/attack.ts";
import { document, redirectTo, serveInternet } from "../support/internet.ts";
import { REDIRECT, type Tokens } from "../support/journey.ts";
import { cookiesOf } from "../support/sign-in.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const APP = "https://honest.example/client.json";
const client = { id: APP, redirectUri: REDIRECT };
const WORDS = ["token_endpoint_auth_signing_alg"];
const LINKS = ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"];
const LISTS = ["contacts", "grant_types", "response_types"];
const FORMS: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries([...WORDS, ...LINKS, ...LISTS, "jwks", "scope", "software_id"].map((name) => [name, null])),
};
/** One odd member each. */
const ODD: readonly Readonly<Record<string, unknown>>[] = [
  FORMS,
  ...LINKS.flatMap((name) => ["", "/logo.png", "example.com", "not a link"].map((value) => ({ [name]: value }))),
  ...LISTS.flatMap((name) => ["", [], [null], [""]].map((value) => ({ [name]: value }))),
  { token_endpoint_auth_signing_alg: "" },
  { contacts: "ops@app.example" },
  { grant_types: ["authorization_code", "refresh_token", "implicit", "urn:ietf:params:oauth:grant-type:device_code"] },
  { response_types: ["code", "token", "code id_token"] },
  { scope: ["notes:read"], software_statement: "a.b.c", application_type: "native", x_own: { deep: [1] } },
  { "client_name#ja": 7, "tos_uri#fr": "nowhere", "logo_uri#x": null },
];

test("optional members in odd but honest forms, and more members than are known, refuse no registration and no document", async () => {
  for (const odd of ODD) {
    const said = { client_name: "Odd", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none", ...odd };
    const registered = await register(said);
    expect([odd, registered.status, await registered.clone().text()]).toEqual([odd, 201, expect.any(String)]);
    serveInternet({ [APP]: document(APP, odd) });
    const { response } = await journey.openConsent(client);
    expect([odd, response.status]).toEqual([odd, 200]);
    vi.restoreAllMocks();
  }
  // A method that is null is none that was chosen; a document may be larger than the library reads, and have no name.
  expect(await (await register({ redirect_uris: [REDIRECT], token_endpoint_auth_method: null })).json()).toMatchObject({
    token_endpoint_auth_method: "client_secret_basic",
  });
  serveInternet({ [APP]: document(APP, { client_name: null, x_more: "x".repeat(20_000) }) });
  const { html } = await journey.openConsent(client);
  expect(html).toContain("honest.example");
});

test("what makes a client is still judged: secrets in a document, redirects, names, methods that nobody can use", async () => {
  for (const wrong of [
    { client_id: "https://other.example/client.json" },
    { client_secret: "s" },
    { client_secret_expires_at: 0 },
    { redirect_uris: [] },
    { redirect_uris: ["javascript:alert(1)"] },
    { redirect_uris: REDIRECT },
    { token_endpoint_auth_method: "client_secret_basic" },
    { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [] } },
    { grant_types: ["client_credentials"] },
    { response_types: ["token"] },
  ]) {
    serveInternet({ [APP]: document(APP, wrong) });
    expect([wrong, (await journey.openConsent(client)).response.status]).toEqual([wrong, 400]);
    vi.restoreAllMocks();
  }
});

/** Trouble that passes, and trouble that lasts. */
const PASSING = {
  ...Object.fromEntries(
    [408, 425, 429, 500, 502, 503, 504, 521].map((status) => [status, () => new Response("", { status })]),
  ),
  network: () => Promise.reject(new TypeError("network")),
  time: () => Promise.reject(new DOMException("Aborted", "AbortError")),
  cut: () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error("cut")) })),
};
const LASTING = {
  ...Object.fromEntries([400, 401, 403, 404, 410].map((status) => [status, () => new Response("", { status })])),
  moved: redirectTo("https://elsewhere.example/"),
  html: () => new Response("<html>"),
  large: () => new Response("x".repeat(100_000)),
};

test("passing trouble with a document answers as passing: 503 on the page, temporarily_unavailable on the way back and for tokens", async () => {
  const honest = document(APP);
  serveInternet({ [APP]: honest });
  const { tokens } = await journey.connect({ client, name: "passing" });
  vi.restoreAllMocks();
  let refresh = tokens.refresh_token;
  for (const [kinds, page, back, token] of [
    [PASSING, 503, "temporarily_unavailable", [503, "temporarily_unavailable"]],
    [LASTING, 400, null, [401, "invalid_client"]],
  ] as const) {
    for (const [kind, answer] of Object.entries(kinds)) {
      serveInternet({ [APP]: answer });
      const { response } = await journey.openConsent(client);
      expect([kind, response.status, response.headers.has("retry-after")]).toEqual([kind, page, page === 503]);
      vi.restoreAllMocks();

      serveInternet({ [APP]: honest });
      const allowed = await journey.postConsent(await journey.openConsent(client));
      vi.restoreAllMocks();
      serveInternet({ [APP]: answer });
      const state = new URL(allowed.headers.get("location") ?? "").searchParams.get("state") ?? "";
      const callback = `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state, name: `p${kind}` })}`;
      const returned = await journey.fetch(callback, { headers: { cookie: cookiesOf(allowed) }, redirect: "manual" });
      const location = returned.headers.get("location");
      expect([kind, location === null ? null : new URL(location).searchParams.get("error")]).toEqual([kind, back]);
      if (back === null)
        expect([kind, returned.status, (await returned.text()).includes("has changed")]).toEqual([kind, 400, true]);

      const refreshed = await journey.refresh(client, refresh);
      expect([kind, refreshed.status, ((await refreshed.json()) as { error: string }).error]).toEqual([kind, ...token]);
      vi.restoreAllMocks();
      // Nothing was lost.
      serveInternet({ [APP]: honest });
      refresh = ((await (await journey.refresh(client, refresh)).json()) as Tokens).refresh_token;
      expect([kind, typeof refresh]).toEqual([kind, "string"]);
      vi.restoreAllMocks();
    }
  }
});

test("passing trouble with a client's keys answers as passing", async () => {
  const keys = "https://honest.example/keys";
  const about = document(APP, { token_endpoint_auth_method: "private_key_jwt", jwks_uri: keys });
  const pair = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const jwk = { ...((await crypto.subtle.exportKey("jwk", pair.publicKey)) as object), alg: "ES256", use: "sig" };
  const proof = async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: APP, sub: APP, aud: ORIGIN, jti: crypto.randomUUID(), iat: now, exp: now + 60 };
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const signed = `${encode({ alg: "ES256", typ: "client-authentication+jwt" })}.${encode(claims)}`;
    const signature = await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      pair.privateKey,
      Buffer.from(signed),
    );
    return {
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: `${signed}.${Buffer.from(signature).toString("base64url")}`,
    };
  };
  serveInternet({ [APP]: about });
  const back = await journey.signIn(await journey.postConsent(await journey.openConsent(client)), "keyed");
  vi.restoreAllMocks();
  const redemption = {
    grant_type: "authorization_code",
    client_id: APP,
    redirect_uri: REDIRECT,
    code: back.searchParams.get("code") ?? "",
    code_verifier: "v".repeat(64),
  };
  for (const [kind, answer] of Object.entries(PASSING)) {
    serveInternet({ [APP]: about, [keys]: answer });
    const answered = await journey.token({ ...redemption, ...(await proof()) });
    expect([kind, answered.status, await answered.json()]).toMatchObject([
      kind,
      503,
      { error: "temporarily_unavailable" },
    ]);
    vi.restoreAllMocks();
  }
  serveInternet({
    [APP]: about,
    [keys]: () => Response.json({ keys: [jwk] }, { headers: { "cache-control": "no-store" } }),
  });
  expect((await journey.token({ ...redemption, ...(await proof()) })).status).toBe(200);
});

test("a description that changed between consent and the way back is a denial in words, and nothing is written down", async () => {
  for (const change of [
    { redirect_uris: ["http://127.0.0.1:33418/other"] },
    { redirect_uris: ["https://claude.ai/api/mcp/auth_callback"] },
    { response_types: ["token"] },
    { client_id: "https://other.example/client.json" },
    { client_secret: "s" },
    { token_endpoint_auth_method: "client_secret_post" },
  ]) {
    serveInternet({ [APP]: document(APP) });
    const allowed = await journey.postConsent(await journey.openConsent(client));
    vi.restoreAllMocks();
    serveInternet({ [APP]: document(APP, change) });
    const state = new URL(allowed.headers.get("location") ?? "").searchParams.get("state") ?? "";
    const name = `changed-${JSON.stringify(change).length}`;
    const callback = `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state, name })}`;
    const before = (await bindings.OAUTH_KV.list({ prefix: "grant:" })).keys.length;
    const people = await bindings.CONTROL.prepare("SELECT count(*) AS n FROM person").first();
    const back = await journey.fetch(callback, { headers: { cookie: cookiesOf(allowed) }, redirect: "manual" });
    expect([change, back.status, back.headers.get("location")]).toEqual([change, 400, null]);
    expect(await back.text()).toContain("has changed");
    expect((await bindings.OAUTH_KV.list({ prefix: "grant:" })).keys).toHaveLength(before);
    expect(await bindings.CONTROL.prepare("SELECT count(*) AS n FROM person").first()).toEqual(people);
    vi.restoreAllMocks();
  }
});

test("a client without a secret may send one, and more than that, for code, refresh and revocation", async () => {
  const open = await journey.register();
  const basic = (id: string, secret: string) => `Basic ${btoa(`${encodeURIComponent(id)}:${secret}`)}`;
  const more: readonly (readonly [Record<string, string>, string | undefined])[] = [
    [{ client_id: open.id, client_secret: "left-over" }, undefined],
    [{ client_id: open.id, client_secret: "" }, undefined],
    [{ client_id: open.id }, basic(open.id, "")],
    [{}, basic(open.id, "")],
    [{}, basic(open.id, "left-over")],
    [{ client_id: open.id, client_secret: "left-over" }, basic(open.id, "left-over")],
    [{ client_id: open.id, scope: "", audience: "x", nonce: "n", state: "s", device: "d" }, undefined],
  ];
  const send = (fields: Record<string, string>, authorization: string | undefined) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", ...(authorization && { authorization }) };
    return journey.fetch(`${ORIGIN}/oauth/token`, {
      method: "POST",
      headers,
      body: new URLSearchParams(fields).toString(),
    });
  };
  for (const [fields, authorization] of more) {
    const back = await journey.signIn(await journey.postConsent(await journey.openConsent(open)), "more");
    const code = back.searchParams.get("code") ?? "";
    const redeemed = await send(
      { grant_type: "authorization_code", code, code_verifier: "v".repeat(64), redirect_uri: REDIRECT, ...fields },
      authorization,
    );
    expect([fields, authorization, redeemed.status]).toEqual([fields, authorization, 200]);
    const { refresh_token } = (await redeemed.json()) as Tokens;
    const refreshed = await send(
      { grant_type: "refresh_token", refresh_token, redirect_uri: REDIRECT, code_verifier: "v".repeat(64), ...fields },
      authorization,
    );
    expect([fields, authorization, refreshed.status]).toEqual([fields, authorization, 200]);
    const { access_token } = (await refreshed.json()) as Tokens;
    expect([fields, (await send({ token: access_token, ...fields }, authorization)).status]).toEqual([fields, 200]);
    expect((await journey.modern(access_token, "tools/list")).status).toBe(401);
  }
  // Two ids are two clients.
  const other = await journey.register();
  const { tokens } = await journey.connect({ client: open, name: "two" });
  const two = { grant_type: "refresh_token", refresh_token: tokens.refresh_token, client_id: other.id };
  expect((await send(two, basic(open.id, ""))).status).toBe(400);
});

test("a client that chose no method may send its secret in the form; one that chose Basic has to send it there", async () => {
  for (const [chosen, expected] of [
    [{}, 200],
    [{ token_endpoint_auth_method: null }, 200],
    [{ token_endpoint_auth_method: "client_secret_post" }, 200],
    [{ token_endpoint_auth_method: "client_secret_basic" }, 401],
  ] as const) {
    const answer = await register({ client_name: "Secret", redirect_uris: [REDIRECT], ...chosen });
    const { client_id, client_secret } = (await answer.json()) as { client_id: string; client_secret: string };
    const own = { id: client_id, redirectUri: REDIRECT };
    const back = await journey.signIn(await journey.postConsent(await journey.openConsent(own)), "secret");
    const fields = {
      grant_type: "authorization_code",
      code: back.searchParams.get("code") ?? "",
      code_verifier: "v".repeat(64),
      redirect_uri: REDIRECT,
      client_id,
    };
    expect([chosen, (await journey.token({ ...fields, client_secret: "wrong" })).status]).toEqual([chosen, 401]);
    expect([chosen, (await journey.token({ ...fields, client_secret })).status]).toEqual([chosen, expected]);
  }
});
