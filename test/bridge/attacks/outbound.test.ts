// The one outbound door: what a client names is fetched from public https addresses only, without a redirect, once a request, and
// only when it is needed. The last test says when the door can go.

import { OAuthAuthorizationServer } from "@cloudflare/workers-oauth-provider";
import { afterEach, expect, test, vi } from "vitest";
import type { Bindings } from "../../../src/bridge/request/bindings.ts";
import { altered, codeFor, words } from "../support/attack.ts";
import { document, redirectTo, serveInternet } from "../support/internet.ts";
import { REDIRECT, type Tokens } from "../support/journey.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const APP = "https://app.example/client.json";
const OTHER = "https://other.example/client.json";

afterEach(() => {
  vi.restoreAllMocks();
});

const client = (id: string) => ({ id, redirectUri: REDIRECT });

test("a document that is redirected to is not one: its host gets exactly one request and vouches for nobody", async () => {
  const inner = "http://127.0.0.1:8080/admin";
  const asked = serveInternet({
    [APP]: document(APP),
    "https://trusted.example/out?to=evil": redirectTo("https://evil.example/c.json"),
    "https://evil.example/c.json": document("https://trusted.example/out?to=evil"),
    "https://trusted.example/in": redirectTo(inner),
    "https://trusted.example/again": redirectTo("/in"),
    [inner]: document("https://trusted.example/in"),
  });
  expect((await journey.openConsent(client(APP))).response.status).toBe(200);
  for (const path of ["out?to=evil", "in", "again"]) {
    const id = `https://trusted.example/${path}`;
    const before = asked.length;
    const { response, html, handle } = await journey.openConsent(client(id));
    expect([id, response.status, handle]).toEqual([id, 400, ""]);
    expect(html).toContain("could not be fetched");
    expect(asked.slice(before)).toEqual([id]);
  }
});

test("what is not public https on port 443 is not asked for, neither a document nor a set of keys", async () => {
  const places =
    words(`127.0.0.1 127.0.0.1:8443 localhost localhost:443 app.localhost [::1] [::ffff:127.0.0.1] 0.0.0.0 127.1
    2130706433 0x7f.1 10.0.0.1 192.168.1.1 169.254.169.254 app.example:8443 app.example:80 app.example. app printer.local
    api.internal app.test router.home.arpa`);
  const asked = serveInternet({ [APP]: document(APP) });
  expect((await journey.openConsent(client(APP))).response.status).toBe(200);
  const before = asked.length;
  for (const place of places) {
    const { response, handle } = await journey.openConsent(client(`https://${place}/client.json`));
    // Port 443 is the one that https has anyway.
    expect([place, response.status, handle]).toEqual([place, 400, ""]);
  }
  expect(asked.slice(before)).toEqual([]);
});

/** Redeems a genuine code with a signature that no key made: the library looks for the key. */
async function askForKeys(jwks_uri: string, name: string, keys: Parameters<typeof serveInternet>[0]) {
  const id = `https://keys.example/${name}.json`;
  const alg = { token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES256" };
  const asked = serveInternet({ ...keys, [id]: document(id, { ...alg, jwks_uri }) });
  const code = await codeFor(client(id), name);
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: id, sub: id, aud: ORIGIN, jti: crypto.randomUUID(), iat: now, exp: now + 60 };
  const encode = (part: unknown) => btoa(JSON.stringify(part)).replaceAll("=", "");
  const signed = `${encode({ alg: "ES256", typ: "client-authentication+jwt" })}.${encode(claims)}`;
  const answer = await journey.token({
    grant_type: "authorization_code",
    code,
    redirect_uri: REDIRECT,
    code_verifier: "v".repeat(64),
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: `${signed}.${"A".repeat(86)}`,
  });
  expect(await answer.json()).toMatchObject({ error: "invalid_client" });
  return asked.filter((url) => url !== id);
}

test("keys are looked for where the document says, at the same addresses as documents, and not along a redirect", async () => {
  const at = (name: string) => `https://keys.example/${name}`;
  const empty = () => Response.json({ keys: [] });
  expect(new Set(await askForKeys(at("keys"), "honest", { [at("keys")]: empty }))).toEqual(new Set([at("keys")]));
  const inner = "http://127.0.0.1:8080/keys";
  const moved = await askForKeys(at("moved"), "moved", { [at("moved")]: redirectTo(inner), [inner]: empty });
  expect(moved).toEqual([at("moved")]);
  for (const [name, url] of [
    ["loopback", "https://127.0.0.1/keys"],
    ["port", "https://keys.example:8443/keys"],
    ["local", "https://keys.local/keys"],
  ] as const)
    expect([name, await askForKeys(url, name, { [url]: empty })]).toEqual([name, []]);
});

test("a page asks for the document once, so that what was checked is what is shown, and takes no endless one", async () => {
  let asked = 0;
  serveInternet({ [APP]: () => document(APP, { client_name: `Name ${++asked}` })() });
  const page = await journey.openConsent(client(APP));
  expect([page.response.status, asked, page.html.includes("Name 1")]).toEqual([200, 1, true]);
  vi.restoreAllMocks();
  let sent = 0;
  let cancelled = false;
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 4096;
        controller.enqueue(new Uint8Array(4096).fill(32));
      },
      cancel: () => {
        cancelled = true;
      },
    });
  serveInternet({ [APP]: () => new Response(endless()) });
  expect((await journey.openConsent(client(APP))).response.status).toBe(400);
  expect([cancelled, sent < 256 * 1024]).toEqual([true, true]);
});

test("the token endpoint asks for a document only for a token that is genuine and was given to that client", async () => {
  const asked = serveInternet({ [APP]: document(APP), [OTHER]: document(OTHER) });
  const { tokens } = await journey.connect({ client: client(APP), name: "door" });
  const mine = asked.length;
  const rotated = await journey.refresh(client(APP), tokens.refresh_token);
  expect([rotated.status, asked.length > mine]).toEqual([200, true]);
  const { access_token, refresh_token } = (await rotated.json()) as Tokens;
  const code = await codeFor(client(APP), "door");

  const before = asked.length;
  const last = (token: string) => token.replace(/[^:]+$/, altered);
  const [subject = ""] = access_token.split(":");
  const made = [last(access_token), last(refresh_token), last(code), `${subject}:${"a".repeat(16)}:${"b".repeat(32)}`];
  const redeem = (client_id: string, one: string) =>
    journey.token({ grant_type: "authorization_code", client_id, code: one, code_verifier: "v".repeat(64) });
  for (const token of made) {
    for (const answer of [await redeem(APP, token), await journey.refresh(client(APP), token)])
      expect([token, answer.status, await answer.json()]).toMatchObject([token, 400, { error: "invalid_grant" }]);
    expect([token, (await journey.token({ token, client_id: APP })).status]).toEqual([token, 200]);
  }
  // Genuine, but another's.
  for (const answer of [
    await redeem(OTHER, code),
    await journey.token({ token: access_token, client_id: OTHER }),
    await journey.token({ token: refresh_token, client_id: OTHER }),
  ])
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  expect((await journey.refresh(client(OTHER), refresh_token)).ok).toBe(false);
  expect(asked.slice(before)).toEqual([]);

  expect((await journey.modern(access_token, "tools/list")).status).toBe(200);
  expect((await journey.token({ token: refresh_token, client_id: APP })).status).toBe(200);
  expect((await journey.modern(access_token, "tools/list")).status).toBe(401);
});

test("a request that could lead nowhere asks for no document", async () => {
  const asked = serveInternet({ [APP]: document(APP) });
  expect((await journey.openConsent(client(APP))).response.status).toBe(200);
  const before = asked.length;
  for (const redirect_uri of ["https://evil.example/callback", "javascript:alert(1)", ""]) {
    const { response } = await journey.openConsent(client(APP), { overrides: { redirect_uri } });
    expect([redirect_uri, response.status]).toEqual([redirect_uri, 400]);
  }
  expect(asked.slice(before)).toEqual([]);
});

test("verified is the address at which the description was found, because a host may be shared by strangers", async () => {
  const shared = "https://pages.example/mallory/claude.json?v=%E2%80%AE1";
  serveInternet({ [shared]: document(shared) });
  const { html } = await journey.openConsent(client(shared));
  expect(html).toContain("verified: pages.example/mallory/claude.json?v=%E2%80%AE1<");
  expect(html).not.toContain("published by");
  // What no URL is written with is no client: it could not be told from another on a page, nor typed by an operator.
  for (const id of ["https://pages.example/a\u202eb", "https://pages.example/ä", "https://pages.example/a b"]) {
    const { response, handle } = await journey.openConsent(client(id));
    expect([id, response.status, handle]).toEqual([id, 400, ""]);
  }
});

test("without the door the library follows redirects to anywhere: when it no longer does, src/bridge/oauth/outbound.ts can go", async () => {
  const moved = "https://trusted.example/moved";
  const inner = "http://127.0.0.1:8080/client.json";
  const asked = serveInternet({ [moved]: redirectTo(inner), [inner]: document(moved) });
  const library = new OAuthAuthorizationServer<Bindings>({
    issuer: ORIGIN,
    resources: [journey.resource],
    clientIdMetadataDocumentEnabled: true,
  });
  expect(await library.getOAuthApi(bindings).lookupClient(moved)).toMatchObject({ clientId: moved });
  expect(asked).toEqual([moved, inner]);
});
