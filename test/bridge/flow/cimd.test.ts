// Clients that are a URL (client id metadata documents, C1 to C3, A11), through the library as it is deployed: the documents
// come over https from a stubbed internet, and what was fetched is counted.

import { afterEach, expect, test, vi } from "vitest";
import { bridgeAt, words } from "../support/attack.ts";
import { type Client, REDIRECT } from "../support/journey.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const APP = "https://app.example/client.json";

/** An internet that has these documents and nothing else; says what it was asked for. */
function serve(documents: Readonly<Record<string, unknown>>): readonly string[] {
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push(url);
    const document = documents[url];
    if (document === undefined) return new Response("nothing here", { status: 404 });
    return Response.json(document, { headers: { "cache-control": "no-store" } });
  });
  return asked;
}

afterEach(() => {
  vi.restoreAllMocks();
});

function about(id: string, more: Record<string, unknown> = {}) {
  return {
    client_id: id,
    client_name: "Example app",
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: "none",
    ...more,
  };
}

function client(id: string, redirectUri = REDIRECT): Client {
  return { id, redirectUri };
}

test("a client that is a URL is shown with the domain that vouches for it, and connects without registering", async () => {
  const metadata = await (await journey.fetch(`${ORIGIN}/.well-known/oauth-authorization-server`)).json();
  expect(metadata).toMatchObject({
    client_id_metadata_document_supported: true,
    token_endpoint_auth_methods_supported: expect.arrayContaining(["none"]),
  });
  const asked = serve({ [APP]: about(APP) });
  const { response, html } = await journey.openConsent(client(APP));
  expect([response.status, [...new Set(asked)]]).toEqual([200, [APP]]);
  expect(html).toContain("verified: app.example");
  expect(html).toContain("Example app");
  const { tokens } = await journey.connect({ client: client(APP), name: "cimd" });
  expect((await journey.modern(tokens.access_token, "tools/list")).status).toBe(200);
  expect((await bindings.OAUTH_KV.list({ prefix: "client:" })).keys).toEqual([]);
});

test("a document that names another client, a secret, or is not there, makes no consent page", async () => {
  const at = (name: string) => `https://app.example/${name}.json`;
  serve({
    [at("honest")]: about(at("honest")),
    [at("other")]: about(APP),
    [at("none")]: { redirect_uris: [REDIRECT] },
    [at("secret")]: about(at("secret"), { token_endpoint_auth_method: "client_secret_post", client_secret: "x" }),
    [at("text")]: "words",
    [at("large")]: about(at("large"), { client_name: "x".repeat(100_000) }),
  });
  expect((await journey.openConsent(client(at("honest")))).response.status).toBe(200);
  for (const name of words("other none secret text large missing")) {
    const { response, html, handle } = await journey.openConsent(client(at(name)));
    expect([name, response.status, handle, response.headers.get("location")]).toEqual([name, 400, "", null]);
    expect(html).toContain("could not be fetched");
    const redeemed = await journey.redeem(client(at(name)), "a:b:c");
    expect([name, redeemed.status]).toEqual([name, 400]);
  }
});

test("a document cannot list itself into a host that the operator has not listed, nor use a redirect it does not have", async () => {
  const evil = "https://evil.example/callback";
  const asked = serve({ [APP]: about(APP, { redirect_uris: [REDIRECT, evil] }) });
  expect((await journey.openConsent(client(APP))).response.status).toBe(200);
  const unlisted = await journey.openConsent(client(APP, evil));
  expect([unlisted.response.status, unlisted.handle]).toEqual([400, ""]);
  expect(unlisted.html).toContain("evil.example");
  const foreign = await journey.openConsent(client(APP, "http://127.0.0.1:33418/other"));
  expect([foreign.response.status, foreign.handle, foreign.response.headers.get("location")]).toEqual([400, "", null]);
  expect(new Set(asked)).toEqual(new Set([APP]));
});

test("what is no public https address is never fetched", async () => {
  const asked = serve({ [APP]: about(APP) });
  expect((await journey.openConsent(client(APP))).response.status).toBe(200);
  const before = asked.length;
  const wrong = words(`http://app.example/client.json https://app.example
    https://user:pass@app.example/client.json https://app.example/client.json#x https://app.example/../client.json
    file:///etc/passwd javascript:alert(1) //app.example/client.json`);
  const spelled = [
    "HTTPS://app.example/client.json",
    " https://app.example/client.json",
    "https:/app.example/client.json",
  ];
  for (const id of [...wrong, ...spelled]) {
    const { response, handle } = await journey.openConsent(client(id));
    expect([id, response.status, handle]).toEqual([id, 400, ""]);
  }
  expect(asked.slice(before)).toEqual([]);
});

test("an address that names one client URL after the other is refused before the next is fetched; others are not", async () => {
  const bridge = bridgeAt("https://bridge.example");
  const id = (n: number) => `https://app-${n}.example/client.json`;
  const asked = serve(Object.fromEntries(Array.from({ length: 200 }, (_, n) => [id(n), about(id(n))])));
  const open = async (n: number, address: string) => {
    const url = await bridge.authorizeUrl(client(id(n)), {}, "v".repeat(64));
    return (await bridge.fetch(url, { headers: { "cf-connecting-ip": address } })).status;
  };
  expect(await open(0, "192.0.2.77")).toBe(200);
  let refusedAt = 1;
  while (refusedAt < 150 && (await open(refusedAt, "192.0.2.77")) === 200) refusedAt += 1;
  // Twenty a minute; a minute may end in between.
  expect(refusedAt).toBeLessThanOrEqual(40);
  expect(new Set(asked).size).toBe(refusedAt);
  expect(await open(199, "192.0.2.78")).toBe(200);
});
