// What a client that knows nothing finds out (D1 to D4), and how it is asked for more (D7, D11, D12).

import { expect, test } from "vitest";
import { answerOf } from "../support/journey.ts";
import { SCOPES } from "../support/own-app.ts";
import { journey, ledgerOf, ORIGIN } from "../support/worker.ts";

const RESOURCE_METADATA = `${ORIGIN}/.well-known/oauth-protected-resource/mcp`;
const WRITE = { name: "write_note", arguments: { title: "a", text: "b" } };

async function metadata(url: string): Promise<Record<string, unknown>> {
  return (await (await journey.fetch(url)).json()) as Record<string, unknown>;
}

test("the resource says what it is and whom to ask, at its own path only, and asks for the least", async () => {
  expect(await metadata(RESOURCE_METADATA)).toMatchObject({
    resource: `${ORIGIN}/mcp`,
    authorization_servers: [ORIGIN],
    scopes_supported: ["profile:read"],
    bearer_methods_supported: ["header"],
  });
  for (const path of ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/mcp/"])
    expect((await journey.fetch(ORIGIN + path)).status).toBe(404);
});

test("the authorization server says all that it can, every endpoint on its own origin; offline_access is its alone", async () => {
  const server = await metadata(`${ORIGIN}/.well-known/oauth-authorization-server`);
  expect(server).toMatchObject({
    issuer: ORIGIN,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: true,
    protected_resources: [`${ORIGIN}/mcp`],
    scopes_supported: [...SCOPES, "offline_access"],
  });
  const endpoints = Object.entries(server).filter(([name]) => name.endsWith("_endpoint"));
  expect(endpoints.map(([name]) => name).sort()).toEqual([
    "authorization_endpoint",
    "registration_endpoint",
    "revocation_endpoint",
    "token_endpoint",
  ]);
  for (const [name, url] of endpoints) expect([name, new URL(String(url)).origin]).toEqual([name, ORIGIN]);
  const challenge = (await journey.fetch(`${ORIGIN}/mcp`, { method: "POST" })).headers.get("www-authenticate");
  for (const text of [JSON.stringify(await metadata(RESOURCE_METADATA)), challenge]) {
    expect(text).toContain("profile:read");
    expect(text).not.toContain("offline_access");
  }
});

test("without a token the answer says where to ask and for what, and nothing else", async () => {
  const answer = await journey.fetch(`${ORIGIN}/mcp`, { method: "POST" });
  expect([answer.status, await answer.text(), answer.headers.get("cache-control")]).toEqual([401, "", "no-store"]);
  expect(answer.headers.get("www-authenticate")).toBe(
    `Bearer realm="OAuth", resource_metadata="${RESOURCE_METADATA}", scope="profile:read"`,
  );
});

test("a missing scope is one 403 that asks for it beside what is held, and says in words what to do", async () => {
  const { tokens } = await journey.connect({ name: "stepper", ticked: ["notes:read"] });
  const refused = await journey.modern(tokens.access_token, "tools/call", WRITE);
  expect(refused.status).toBe(403);
  const challenge = refused.headers.get("www-authenticate") ?? "";
  expect(challenge).toContain('error="insufficient_scope"');
  expect(challenge).toContain('scope="profile:read notes:read notes:write"');
  expect(challenge).toContain(`resource_metadata="${RESOURCE_METADATA}"`);
  expect(/error_description="(.*?)"/.exec(challenge)?.[1]).toContain("needs the scope notes:write");
  const { error } = await answerOf(refused);
  expect(error?.message).toContain('Reconnect and tick "notes:write" on the consent page');
  const page = await journey.openConsent(await journey.register(), { scope: "profile:read" });
  for (const scope of SCOPES)
    expect(page.html, "the page offers the rest").toContain(`<code translate="no">${scope}</code>`);
});

test("what was asked for, granted and used stands in the audit log, each with the request that caused it", async () => {
  const { client, tokens } = await journey.connect({ name: "elevated", ticked: [] });
  const refused = await journey.modern(tokens.access_token, "tools/call", WRITE);
  const request = refused.headers.get("x-request-id");
  const scope = "profile:read notes:write";
  const more = await journey.connect({ client, name: "elevated", scope, ticked: ["notes:write"] });
  expect((await journey.modern(more.tokens.access_token, "tools/call", WRITE)).status).toBe(200);
  const events = (await ledgerOf(tokens.access_token).events()).map(({ event }) => event);
  const from = events.findIndex(({ kind }) => kind === "denial");
  expect(events[from]).toMatchObject({ tool: "write_note", reason: "missing-scope", request, client: client.id });
  const granted = ["profile:read", "notes:write"];
  expect(events.slice(from).filter(({ kind }) => /consent|grant-opened|token|admission/.test(kind))).toMatchObject([
    { kind: "consent", client: client.id, asked: granted, granted },
    { kind: "grant-opened", client: client.id, scopes: granted },
    { kind: "token", how: "issued", scopes: granted },
    { kind: "admission", tool: "write_note" },
  ]);
});
