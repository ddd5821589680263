// Parameters of OAuth requests: one without a value counts as omitted (RFC 6749 §3.1), one that is required and missing is
// `invalid_request`, and PKCE with S256 is asked of every client, with a secret or without (RFC 9700 §2.1.1).

import { createExecutionContext } from "cloudflare:test";
import { expect, test } from "vitest";
import { createAuthorizationServer } from "../../../src/bridge/oauth/authorization-server.ts";
import { authorize, codeFor } from "../support/attack.ts";
import type { Tokens } from "../support/journey.ts";
import { app, loadSettings } from "../support/own-app.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

function post(body: string): Promise<Response> {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  return journey.fetch(`${ORIGIN}/oauth/token`, { method: "POST", headers, body });
}

test("a required parameter that is missing or empty is invalid_request", async () => {
  const { id } = await journey.register();
  for (const body of [
    "",
    "grant_type=",
    `client_id=${id}`,
    `client_id=${id}&token=`,
    `client_id=${id}&grant_type=&token=`,
    `client_id=${id}&refresh_token=x`,
    `client_id=${id}&code=x`,
    `client_id=${id}&grant_type=refresh_token`,
    `client_id=${id}&grant_type=refresh_token&refresh_token=`,
    `client_id=${id}&grant_type=authorization_code`,
    `client_id=${id}&grant_type=authorization_code&code=`,
  ]) {
    const answer = await post(body);
    expect([body, answer.status, await answer.json()]).toMatchObject([body, 400, { error: "invalid_request" }]);
  }
});

const EMPTY = "&resource=&scope=&client_secret=&client_assertion=&client_assertion_type=&token_type_hint=&x=&x=";

test("empty parameters change nothing: code, refresh, revocation", async () => {
  const client = await journey.register();
  const code = await codeFor(client, "empties");
  const redeemed = await post(
    `grant_type=authorization_code&code=${code}&code_verifier=${"v".repeat(64)}&client_id=&client_id=${client.id}&redirect_uri=${EMPTY}`,
  );
  expect(redeemed.status).toBe(200);
  const { refresh_token } = (await redeemed.json()) as Tokens;
  const refreshed = await post(
    `grant_type=&grant_type=refresh_token&refresh_token=&refresh_token=${refresh_token}&client_id=${client.id}${EMPTY}`,
  );
  expect(refreshed.status).toBe(200);
  const { access_token } = (await refreshed.json()) as Tokens;
  expect((await post(`token=&token=${access_token}&client_id=${client.id}${EMPTY}`)).status).toBe(200);
  expect((await journey.modern(access_token, "tools/list")).status).toBe(401);
});

test("empty parameters change nothing at /authorize either", async () => {
  const client = await journey.register();
  expect((await authorize(client, {})).consent).toBe(true);
  for (const name of ["resource", "scope", "state", "nonce", "prompt"]) {
    expect([name, (await authorize(client, { [name]: "" })).consent]).toEqual([name, true]);
  }
  const url = await journey.authorizeUrl(client, {}, "v".repeat(64));
  const twice = await journey.fetch(`${url}&resource=&client_id=&scope=`, { redirect: "manual" });
  expect(await twice.text()).toContain('name="handle"');
  expect((await authorize(client, { redirect_uri: "" })).status).toBe(400);
});

const METHODS = ["none", "client_secret_basic", "client_secret_post", undefined];

test("PKCE with S256 is asked of every client, whatever it registered: no consent without", async () => {
  for (const token_endpoint_auth_method of METHODS) {
    const client = await journey.register({ token_endpoint_auth_method });
    expect((await authorize(client, {})).consent).toBe(true);
    for (const pkce of [
      { code_challenge: undefined, code_challenge_method: undefined },
      { code_challenge: "", code_challenge_method: "" },
      { code_challenge: undefined },
      { code_challenge_method: undefined },
      { code_challenge_method: "plain" },
      { code_challenge: "short" },
      { code_challenge: "=".repeat(43) },
    ]) {
      const { error, consent } = await authorize(client, pkce);
      expect([token_endpoint_auth_method, pkce, error, consent]).toEqual([
        token_endpoint_auth_method,
        pkce,
        "invalid_request",
        false,
      ]);
    }
  }
});

test("the library by itself still takes no PKCE from a client with a secret and refuses an empty resource; when this fails, parameters.ts can go", async () => {
  const loaded = loadSettings(bindings);
  if ("problems" in loaded) throw new Error("not set up");
  const server = createAuthorizationServer({ app, settings: loaded.settings, entitlement: () => [] });
  const parse = async (overrides: Record<string, string | undefined>) => {
    const client = await journey.register({ token_endpoint_auth_method: "client_secret_basic" });
    const request = new Request(await journey.authorizeUrl(client, { overrides }, "v".repeat(64)));
    return server.getOAuthApi(bindings).parseAuthRequest(request);
  };
  await expect(parse({ code_challenge: undefined, code_challenge_method: undefined })).resolves.toMatchObject({});
  await expect(parse({ resource: "" })).rejects.toMatchObject({ code: "invalid_target" });
  const { client, tokens } = await journey.connect({ name: "library" });
  const body = `grant_type=refresh_token&refresh_token=${tokens.refresh_token}&client_id=${client.id}&resource=`;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const request = new Request(`${ORIGIN}/oauth/token`, { method: "POST", headers, body });
  expect((await server.fetch(request, bindings, createExecutionContext())).status).toBe(400);
});
