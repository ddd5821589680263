// Desktop editors and hosted clients with the redirects that they really register: a scheme of their own (RFC 8252 §7.1), pages of
// theirs, loopback, more than a few at once. What cannot be used is said at registration.

import { expect, test } from "vitest";
import { bridgeAt, register } from "../support/attack.ts";
import { REDIRECT } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { journey, ORIGIN } from "../support/worker.ts";

const CURSOR = "cursor://anysphere.cursor-mcp/oauth/callback";
const OWN = "com.example.notes:/oauth/callback";

interface Registered {
  readonly client_id: string;
  readonly redirect_uris: readonly string[];
  readonly error?: string;
  readonly error_description?: string;
}

async function answerTo(redirect_uris: unknown) {
  const answer = await register({ client_name: "Editor", redirect_uris, token_endpoint_auth_method: "none" });
  return { status: answer.status, ...((await answer.json()) as Registered) };
}

const CLIENTS = {
  cursor: [CURSOR, "https://www.cursor.com/agents/mcp/oauth/callback", "http://localhost:8787/callback"],
  "vs code": ["https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://127.0.0.1:33418/"],
  warp: ["warp://mcp/oauth2callback"],
  raycast: ["com.raycast:/oauth"],
  chatgpt: ["https://chatgpt.com/connector_platform_oauth_redirect"],
  antigravity: ["https://antigravity.google/oauth-callback"],
  devin: ["https://api.devin.ai/mcp/oauth/callback"],
  "le chat": ["https://callback.mistral.ai/v1/integrations_auth/oauth2_callback"],
  perplexity: ["https://www.perplexity.ai/rest/connections/oauth_callback"],
} as const;

test("each redirect of a well-known client gets its code, and the code its tokens", async () => {
  for (const [name, uris] of Object.entries(CLIENTS)) {
    const { status, client_id: id, redirect_uris } = await answerTo(uris);
    expect([name, status, redirect_uris]).toEqual([name, 201, uris]);
    for (const redirectUri of uris) {
      const client = { id, redirectUri };
      const back = await journey.signIn(await journey.postConsent(await journey.openConsent(client)), "editor");
      expect(back.href.startsWith(redirectUri)).toBe(true);
      expect((await journey.redeem(client, back.searchParams.get("code") ?? "")).status).toBe(200);
      const denied = await journey.postConsent(await journey.openConsent(client), { decision: "deny" });
      expect(denied.headers.get("location")).toMatch(/[?&]error=access_denied/);
    }
  }
});

test("the consent page names the program that opens such a scheme, and that it is on this computer", async () => {
  for (const [uri, place] of [
    [CURSOR, "cursor://anysphere.cursor-mcp"],
    ["com.raycast:/oauth", "com.raycast:/oauth"],
  ] as const) {
    const { client_id: id } = await answerTo([uri]);
    const { html } = await journey.openConsent({ id, redirectUri: uri });
    expect(html).toContain(`<code class="host" translate="no">${place}</code>`);
    expect(html).toContain("A program on this device");
  }
});

test("a listed scheme lists nothing but that very URI", async () => {
  const { client_id: id } = await answerTo([CURSOR, REDIRECT]);
  const alike = [
    `${CURSOR}/`,
    `${CURSOR}?a=1`,
    `${CURSOR}#a`,
    "cursor://anysphere.cursor-mcp/oauth/other",
    "cursor://evil/oauth/callback",
    "CURSOR://anysphere.cursor-mcp/oauth/callback",
    "cursor:/anysphere.cursor-mcp/oauth/callback",
    "https://anysphere.cursor-mcp/oauth/callback",
    "https://callback.mistral.ai/other",
  ];
  expect((await journey.openConsent({ id, redirectUri: CURSOR })).response.status).toBe(200);
  for (const redirectUri of alike) {
    const { response, handle } = await journey.openConsent({ id, redirectUri });
    expect([redirectUri, response.status, handle]).toEqual([redirectUri, 400, ""]);
    expect([redirectUri, (await answerTo([redirectUri])).status]).toEqual([redirectUri, 400]);
  }
});

test("an operator lists whole URIs; one that could never be used stops the bridge by name", async () => {
  expect((await answerTo([OWN])).status).toBe(400);
  const listed = bridgeAt(ORIGIN, { REDIRECT_URIS: `${OWN} https://apps.example:8443/cb` });
  for (const uri of [OWN, "https://apps.example:8443/cb"]) {
    const { tokens } = await listed.connect({
      client: await listed.register({ redirect_uris: [uri] }),
      name: "ada",
    });
    expect(tokens.access_token).toBeTruthy();
  }
  for (const entry of [
    "javascript:alert(1)",
    "http://app.example/cb",
    "data:x",
    "words",
    `${OWN}#x`,
    "https://a@b.example/",
  ]) {
    const answer = await bridgeAt(ORIGIN, { REDIRECT_URIS: entry }).fetch(`${ORIGIN}/`);
    expect([entry, answer.status, (await answer.text()).includes("REDIRECT_URIS")]).toEqual([entry, 503, true]);
    expect(takeErrors()).toEqual([expect.stringContaining("not-set-up")]);
  }
});

test("up to ten redirects; those that cannot be used are not registered, and the answer says which were", async () => {
  const loopback = Array.from({ length: 10 }, (_, n) => `http://127.0.0.1:${3000 + n}/cb`);
  expect(await answerTo(loopback)).toMatchObject({ status: 201, redirect_uris: loopback });
  const more = await answerTo([...loopback, REDIRECT]);
  expect(more).toMatchObject({ status: 400, error: "invalid_redirect_uri" });
  expect(more.error_description).toContain("more than 10");

  const some = await answerTo(["https://evil.example/cb", OWN, REDIRECT, "http://app.example/cb"]);
  expect(some).toMatchObject({ status: 201, redirect_uris: [REDIRECT] });
  const none = await answerTo(["https://evil.example/cb", OWN]);
  expect(none).toMatchObject({ status: 400, error: "invalid_redirect_uri" });
  for (const word of ["evil.example", OWN, "REDIRECT_HOSTS", "REDIRECT_URIS"])
    expect(none.error_description).toContain(word);
  for (const never of [
    "javascript:alert(1)",
    `${REDIRECT}#x`,
    "https://a:b@claude.ai/cb",
    "words",
    "",
    5,
    null,
    ["x"],
  ]) {
    const answer = await answerTo([REDIRECT, never]);
    expect([never, answer.status, answer.error]).toEqual([never, 400, "invalid_redirect_uri"]);
    expect(answer.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  }
});

test("who uses what is not listed reads where it would go and which setting lets it", async () => {
  const { client_id: id } = await answerTo([REDIRECT]);
  for (const [redirectUri, place] of [
    [OWN, "com.example.notes:/oauth/callback"],
    ["https://app.example/cb", "app.example"],
  ] as const) {
    const { response, html } = await journey.openConsent({ id, redirectUri });
    expect([redirectUri, response.status]).toEqual([redirectUri, 400]);
    expect(html).toContain(`Access would be sent to ${place},`);
    expect(html).toContain("REDIRECT_URIS");
  }
});
