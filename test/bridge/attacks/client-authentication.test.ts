// How a client with a secret proves itself at the token endpoint, for tokens and for revocations: once. Its id beside Basic
// identifies it and is no second proof (RFC 6749 §3.2.1); clients of the Python SDK send both.

import { createExecutionContext } from "cloudflare:test";
import { expect, test } from "vitest";
import { createAuthorizationServer } from "../../../src/bridge/oauth/authorization-server.ts";
import { codeFor, register } from "../support/attack.ts";
import { type Client, REDIRECT, type Tokens } from "../support/journey.ts";
import { app, loadSettings } from "../support/own-app.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

interface Confidential extends Client {
  readonly secret: string;
}

async function confidential(more: Record<string, unknown> = {}): Promise<Confidential> {
  const answer = await register({ client_name: "With a secret", redirect_uris: [REDIRECT], ...more });
  const registered = (await answer.json()) as { client_id: string; client_secret: string };
  return { id: registered.client_id, redirectUri: REDIRECT, secret: registered.client_secret };
}

const basic = (id: string, secret: string) =>
  `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`;

type Pairs = readonly (readonly [string, string])[];

async function send(pairs: Pairs, authorization: string | undefined): Promise<Response> {
  const headers = { "content-type": "application/x-www-form-urlencoded", ...(authorization && { authorization }) };
  const body = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
  return journey.fetch(`${ORIGIN}/oauth/token`, { method: "POST", headers, body });
}

const redemption = (code: string): Pairs => [
  ["grant_type", "authorization_code"],
  ["code", code],
  ["code_verifier", "v".repeat(64)],
  ["redirect_uri", REDIRECT],
];

for (const method of [undefined, "client_secret_basic"]) {
  const named = method === undefined ? "that named no method" : `registered for ${method}`;
  test(`a client ${named} sends Basic and the same client_id in the form: code, refresh and revocation`, async () => {
    const client = await confidential(method === undefined ? {} : { token_endpoint_auth_method: method });
    const authorization = basic(client.id, client.secret);
    const own: Pairs = [["client_id", client.id]];
    const code = await codeFor(client, "python");
    const redeemed = await send([...redemption(code), ...own], authorization);
    expect(redeemed.status).toBe(200);
    const { refresh_token } = (await redeemed.json()) as Tokens;
    const question: Pairs = [["grant_type", "refresh_token"], ["refresh_token", refresh_token], ...own];
    const refreshed = await send(question, authorization);
    expect(refreshed.status).toBe(200);
    const { access_token } = (await refreshed.json()) as Tokens;
    expect((await journey.modern(access_token, "tools/list")).status).toBe(200);
    expect((await send([["token", access_token], ...own], authorization)).status).toBe(200);
    expect((await journey.modern(access_token, "tools/list")).status).toBe(401);
  });
}

test("another id beside Basic, a secret twice, an id twice, a wrong secret: refused, for tokens and revocations, and nothing ends", async () => {
  const client = await confidential();
  const other = await confidential();
  const authorization = basic(client.id, client.secret);
  const code = await codeFor(client, "twice");
  const { access_token, refresh_token } = (await (await send(redemption(code), authorization)).json()) as Tokens;
  const tries: readonly (readonly [Pairs, string])[] = [
    [[["client_id", other.id]], authorization],
    [[["client_secret", client.secret]], authorization],
    [
      [
        ["client_id", client.id],
        ["client_secret", client.secret],
      ],
      authorization,
    ],
    [
      [
        ["client_id", client.id],
        ["client_id", client.id],
      ],
      authorization,
    ],
    [[["client_id", client.id]], basic(client.id, "wrong")],
    [[["client_id", client.id]], basic(client.id, "")],
    [[["client_id", client.id]], "Basic %%%"],
  ];
  for (const [pairs, proof] of tries) {
    for (const use of [
      [
        ["grant_type", "refresh_token"],
        ["refresh_token", refresh_token],
      ],
      [["token", access_token]],
    ] as const) {
      const answer = await send([...use, ...pairs], proof);
      expect([pairs, proof, use, [400, 401].includes(answer.status)]).toEqual([pairs, proof, use, true]);
    }
  }
  expect((await journey.modern(access_token, "tools/list")).status).toBe(200);
  const question: Pairs = [
    ["grant_type", "refresh_token"],
    ["refresh_token", refresh_token],
  ];
  expect((await send(question, authorization)).status).toBe(200);
});

test("the library by itself still refuses Basic with the same client_id; when this fails, token-request.ts need not take it out", async () => {
  const loaded = loadSettings(bindings);
  if ("problems" in loaded) throw new Error("not set up");
  const server = createAuthorizationServer({ app, settings: loaded.settings, entitlement: () => [] });
  const client = await confidential();
  const ask = async (body: string) => {
    const authorization = basic(client.id, client.secret);
    const headers = { "content-type": "application/x-www-form-urlencoded", authorization };
    const request = new Request(`${ORIGIN}/oauth/token`, { method: "POST", headers, body });
    return (await server.fetch(request, bindings, createExecutionContext())).status;
  };
  expect(await ask("token=none")).toBe(200);
  expect(await ask(`token=none&client_id=${client.id}`)).toBe(400);
});
