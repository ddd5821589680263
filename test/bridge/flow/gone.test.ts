// A registration that is gone, and a redirect that does not fit. The client learns the first wherever it asks, with the error at
// which SDKs register anew; the user reads the cause and the way out.

import { expect, test } from "vitest";
import { codeFor } from "../support/attack.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

function post(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const body = new URLSearchParams(fields).toString();
  return journey.fetch(`${ORIGIN}/oauth/token`, { method: "POST", headers: { ...type, ...headers }, body });
}

test("at the token endpoint it is invalid_client with 401, whatever else was sent", async () => {
  const { client, tokens } = await journey.connect({ name: "gone" });
  const code = await codeFor(client, "gone");
  const { id: client_id } = client;
  const refresh = { grant_type: "refresh_token" };
  const redeem = { grant_type: "authorization_code", redirect_uri: client.redirectUri, code_verifier: "v".repeat(64) };
  const requests: readonly Record<string, string>[] = [
    { ...refresh, refresh_token: tokens.refresh_token },
    { ...refresh, refresh_token: "a:b:c" },
    { ...refresh },
    { ...redeem, code },
    { ...redeem, code: "x" },
    { grant_type: "client_credentials" },
    { token: tokens.access_token },
    { token: "x" },
  ];
  // While it is registered, no request of these is told so; the first one ends this refresh token.
  for (const fields of requests.slice(1, 3)) {
    expect(await (await post({ ...fields, client_id })).json()).not.toMatchObject({ error: "invalid_client" });
  }
  await bindings.OAUTH_KV.delete(`client:${client_id}`);
  for (const fields of requests) {
    const answer = await post({ ...fields, client_id });
    expect([fields, answer.status, await answer.json()]).toMatchObject([fields, 401, { error: "invalid_client" }]);
    const basic = await post(fields, { authorization: `Basic ${btoa(`${client_id}:secret`)}` });
    expect([fields, basic.status, basic.headers.get("www-authenticate")]).toEqual([fields, 401, 'Basic realm="OAuth"']);
  }
  for (const odd of [
    "nobody",
    "__proto__",
    "client:x",
    "ä",
    "HTTPS://app.example/c.json",
    "http://app.example/c.json",
  ]) {
    expect([odd, (await post({ ...refresh, refresh_token: "x", client_id: odd })).status]).toEqual([odd, 401]);
  }
  // Registered anew, it goes on.
  expect((await journey.connect({ name: "gone" })).tokens.access_token).toBeTruthy();
});

test("at /authorize a program gets the same error, and a browser the cause and the way out", async () => {
  const client = await journey.register();
  const { html: honest } = await journey.openConsent(client);
  expect(honest).toContain("An app asks for access");
  await bindings.OAUTH_KV.delete(`client:${client.id}`);
  const { response, html } = await journey.openConsent(client);
  expect([response.status, response.headers.get("location")]).toEqual([400, null]);
  for (const words of ["not registered here", "remove this server", "add it again", ".mcp-auth"])
    expect(html).toContain(words);
  expect(html).not.toContain("incomplete");
  const url = await journey.authorizeUrl(client, {}, "v".repeat(64));
  const asProgram = await journey.fetch(url, { headers: { accept: "application/json" } });
  expect([asProgram.status, await asProgram.json()]).toMatchObject([401, { error: "invalid_client" }]);
  const asBrowser = await journey.fetch(url, { headers: { accept: "text/html,application/json;q=0.9" } });
  expect(asBrowser.headers.get("content-type")).toContain("text/html");
});

test("each way in which a request does not fit has words of its own", async () => {
  const client = await journey.register();
  const page = async (overrides: Record<string, string | undefined>) =>
    (await journey.openConsent(client, { overrides })).html;
  expect(await page({})).toContain("An app asks for access");
  expect(await page({ redirect_uri: "http://127.0.0.1:33418/other" })).toContain(
    "not with the address to which it wants",
  );
  expect(await page({ redirect_uri: "http://127.0.0.1:33418/other" })).toContain("add it again");
  expect(await page({ redirect_uri: undefined })).toContain("did not say where its answer should go");
  expect(await page({ redirect_uri: "words" })).toContain("no place that an answer could go to");
  expect(await page({ client_id: undefined })).toContain("did not say which app it is");
  expect(await page({ client_id: "x".repeat(500) })).toContain("not registered here");
});
