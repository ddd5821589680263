// Each recorded shape of a client (test/bridge/clients/shapes) against the whole bridge, from its first request, without a token, to its last:
// discovery, registration or document, consent by a user who ticks and signs in, token, messages over the transport it uses,
// refresh, and the same call with the new token. A client that the bridge would turn away is red here, in its own words.

import { afterEach, expect, test, vi } from "vitest";
import { SHAPES } from "../clients/shapes/all.ts";
import type { Message, Shape } from "../clients/shapes/shape.ts";
import { policy } from "../fixture/policy.ts";
import { hidden } from "../support/browsing.ts";
import { type Answer, answerOf, type Tokens } from "../support/journey.ts";
import { playClient } from "../support/played-client.ts";
import { journey, ORIGIN, openBrowser } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

for (const shape of SHAPES) {
  test(`${shape.name} (${shape.version}) connects, lists, calls, refreshes and calls again, as it sends it`, async () => {
    const played = await playClient(shape);
    const [first] = shape.messages;
    if (first === undefined) throw new Error("a shape without messages");

    const { method = "POST", headers = { ...shape.headers, ...first.headers } } = shape.knock ?? {};
    const knock = { method, headers, ...(shape.knock === undefined ? { body: JSON.stringify(first.body) } : {}) };
    const refused = await journey.fetch(journey.resource, knock);
    const challenge = refused.headers.get("www-authenticate") ?? "";
    const [, about = ""] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    expect([refused.status, /scope="([^"]+)"/.exec(challenge)?.[1]]).toEqual([401, "profile:read"]);
    const resource = await metadata(about, shape);
    expect(resource).toMatchObject({ resource: journey.resource, authorization_servers: [ORIGIN] });
    const server = await metadata(`${ORIGIN}/.well-known/oauth-authorization-server`, shape);
    expect(server).toMatchObject({ issuer: ORIGIN, code_challenge_methods_supported: ["S256"] });

    await played.identify();
    const code = await consent(played.authorizationUrl(), shape);
    const tokens = await tokensOf(await played.token(shape.token.redeems, { code }));
    expect(tokens.scope).toBe("profile:read notes:read");

    for (const message of shape.messages.filter(({ answer }) => answer !== "ended")) {
      await said(message, await played.send(message, tokens.access_token), played.remember);
    }
    const { refresh_token } = tokens;
    const renewed = await tokensOf(await played.token(shape.token.refreshes, { refresh_token }));
    expect(renewed.scope).toBe("profile:read notes:read");
    expect(renewed.access_token).not.toBe(tokens.access_token);
    for (const message of shape.messages.filter(({ answer }) => answer === "notes" || answer === "ended")) {
      await said(message, await played.send(message, renewed.access_token), played.remember);
    }
  });
}

async function metadata(url: string, { discovers }: Shape): Promise<unknown> {
  const answer = await journey.fetch(url, { headers: discovers });
  expect([url, answer.status]).toEqual([url, 200]);
  return answer.json();
}

/** The user reads the page, ticks, signs in, and is sent back to where the client waits. */
async function consent(url: string, { redirectUri, state }: Shape): Promise<string> {
  const browser = openBrowser();
  const page = await browser.get(url);
  const html = await page.text();
  const handle = hidden(html, "handle");
  const said = html.replace(/<(style|head)\b[\s\S]*?<\/\1>|<[^>]*>/g, " ").replace(/\s+/g, " ");
  expect([page.status, handle === "" ? said : "a consent page"]).toEqual([200, "a consent page"]);
  const fields = { handle, decision: "allow:development", lifetime: "86400", scope: "notes:read" };
  const allowed = await browser.post("/authorize", fields);
  const signIn = new URL(allowed.headers.get("location") ?? ORIGIN).searchParams.get("state") ?? "";
  const query = new URLSearchParams({ state: signIn, name: "ada" });
  const location = (await browser.get(`/sign-in/development/callback?${query}`)).headers.get("location") ?? "";
  expect(location.startsWith(`${redirectUri}?`), location).toBe(true);
  const back = new URL(location).searchParams;
  expect([back.get("state"), back.get("iss"), back.get("error")]).toEqual([state, ORIGIN, null]);
  return back.get("code") ?? "";
}

async function tokensOf(answer: Response): Promise<Tokens> {
  const text = await answer.text();
  expect([answer.status, text]).toEqual([200, expect.stringContaining("access_token")]);
  const tokens = JSON.parse(text) as Tokens;
  expect(tokens.token_type.toLowerCase()).toBe("bearer");
  return tokens;
}

const TOOLS = Object.keys(policy);

/** Checks what was answered to one message, and keeps the session id. */
async function said(
  { answer: expected, body, method }: Message,
  response: Response,
  remember: (session: string) => void,
): Promise<void> {
  const answer: Answer = await answerOf(response);
  const about = `${method ?? JSON.stringify(body)}: ${JSON.stringify(answer)}`;
  if (expected === "no such method") {
    expect(answer.error?.code, about).toBe(-32601);
    return;
  }
  const statuses: Partial<Record<typeof expected, number>> = { accepted: 202, "no stream": 405, ended: 204 };
  expect(response.status, about).toBe(statuses[expected] ?? 200);
  const { result } = answer;
  if (expected === "tools") expect(result?.tools?.map(({ name }) => name)).toEqual(TOOLS);
  if (expected === "notes") expect(result?.structuredContent, about).toEqual({ notes: [] });
  if (expected === "discovered") expect(result?.["supportedVersions"], about).toContain("2026-07-28");
  if (expected !== "initialized") return;
  expect(body, about).toMatchObject({ params: { protocolVersion: result?.["protocolVersion"] } });
  remember(response.headers.get("mcp-session-id") ?? "");
}
