// A client that proves itself with a key of its own (private_key_jwt, RFC 7523 §2.2), as hosted apps do: a refresh token that was
// copied from it is worth nothing without that key, not even for the minute in which the same answer is given again.

import { afterEach, expect, test, vi } from "vitest";
import { REDIRECT, type Tokens } from "../support/journey.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const APP = "https://keys.example/client.json";
const TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const client = { id: APP, redirectUri: REDIRECT };

afterEach(async () => {
  vi.restoreAllMocks();
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
});

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The app: its document is on a stubbed internet, its key is here. */
async function openApp() {
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const jwk = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  const key = { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, alg: "ES256", use: "sig" };
  const document = {
    client_id: APP,
    client_name: "An app with a key",
    redirect_uris: [REDIRECT],
    grant_types: ["authorization_code", "refresh_token"],
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "ES256",
    jwks: { keys: [key] },
  };
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json(document));
  return async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: APP, sub: APP, aud: ORIGIN, jti: crypto.randomUUID(), iat: now, exp: now + 60 };
    const encode = (part: unknown) => base64url(new TextEncoder().encode(JSON.stringify(part)));
    const signed = `${encode({ alg: "ES256", typ: "client-authentication+jwt" })}.${encode(claims)}`;
    const hash = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(hash, pair.privateKey, new TextEncoder().encode(signed));
    return { client_assertion_type: TYPE, client_assertion: `${signed}.${base64url(new Uint8Array(signature))}` };
  };
}

async function connect(prove: Awaited<ReturnType<typeof openApp>>, name: string): Promise<Tokens> {
  const back = await journey.signIn(await journey.postConsent(await journey.openConsent(client)), name);
  const code = back.searchParams.get("code") ?? "";
  const question = { grant_type: "authorization_code", code, code_verifier: "v".repeat(64), redirect_uri: REDIRECT };
  const answer = await journey.token({ ...question, ...(await prove()) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Tokens;
}

const refresh = ({ refresh_token }: Tokens, more: Record<string, string>) =>
  journey.token({ grant_type: "refresh_token", refresh_token, ...more });

test("the answer to a refresh is not given again to who has the token and not the client's key", async () => {
  const prove = await openApp();
  const tokens = await connect(prove, "keys");
  const proof = await prove();
  const first = await refresh(tokens, proof);
  expect(first.status).toBe(200);
  const { access_token } = (await first.json()) as Tokens;
  for (const stolen of [{}, { client_id: APP }, { client_assertion_type: TYPE, client_assertion: "a.b.c" }]) {
    expect([stolen, (await refresh(tokens, stolen)).status]).toEqual([stolen, 400]);
  }
  expect((await journey.modern(access_token, "tools/list")).status).toBe(200);
});

test("a blocked client that says who it is in its assertion alone renews nothing", async () => {
  const prove = await openApp();
  const tokens = await connect(prove, "keys, blocked");
  await bindings.CONTROL.prepare("INSERT INTO switch (kind, value) VALUES ('client', ?1)").bind(APP).run();
  expect(await (await refresh(tokens, await prove())).json()).toMatchObject({ error: "invalid_grant" });
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
  expect((await refresh(tokens, await prove())).status).toBe(200);
});
