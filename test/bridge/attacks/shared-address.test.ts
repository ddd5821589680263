// Hosted clients call from few addresses for all their users. What strangers, or another user, do behind an address must not cut
// off who comes with a genuine token; and what is refused is refused in words that SDKs take for a trouble that passes.

import { expect, test } from "vitest";
import { sealBrowserSession } from "../../../src/bridge/sign-in/browser-session.ts";
import { altered, bridgeAt } from "../support/attack.ts";
import { call, createJourney, type Journey, type Tokens } from "../support/journey.ts";
import { loadSettings } from "../support/own-app.ts";
import { bindings } from "../support/worker.ts";

const PUBLIC = "https://bridge.example";
const LIST = { jsonrpc: "2.0", id: 7, method: "tools/list" };

/** A deployed bridge, as seen from one address. */
function from(address: string): Journey {
  const bridge = bridgeAt(PUBLIC);
  return createJourney((url, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("cf-connecting-ip", address);
    return bridge.fetch(url, { ...init, headers });
  }, PUBLIC);
}

/** Attempts until one is refused: a minute may end in between, so it can take up to twice the limit. */
async function untilLimited(limit: number, attempt: (i: number) => Promise<Response>): Promise<Response> {
  for (let i = 0; i <= 2 * limit; i++) {
    const answer = await attempt(i);
    if (answer.status === 429) return answer;
    await answer.text();
  }
  throw new Error("never limited");
}

/** Another secret of the same subject and grant: what somebody who only knows the ids can make. */
function madeUp(token: string, i = 0): string {
  const [subject, grant] = token.split(":");
  return `${subject}:${grant}:${"x".repeat(40)}${i}`;
}

async function expectOAuth(limited: Response): Promise<void> {
  expect(limited.headers.get("content-type")).toContain("application/json");
  expect(limited.headers.get("retry-after")).toBe("60");
  expect(await limited.json()).toMatchObject({ error: "temporarily_unavailable" });
}

async function expectJsonRpc(limited: Response, id?: number): Promise<void> {
  expect(limited.headers.get("content-type")).toContain("application/json");
  expect(limited.headers.get("retry-after")).toBe("60");
  const message = await limited.json();
  expect(message).toMatchObject({ jsonrpc: "2.0", error: { code: -32000 }, ...(id === undefined ? {} : { id }) });
  if (id === undefined) expect(message).not.toHaveProperty("id");
}

test("rubbish at the token endpoint limits its address, and every genuine code and token behind it is served", async () => {
  const shared = from("192.0.2.10");
  const { client, tokens } = await shared.connect({ name: "ada" });
  const page = await shared.openConsent(client, {});
  const back = await shared.signIn(await shared.postConsent(page), "ada");
  const forms = (i: number): Record<string, string> =>
    [
      { grant_type: "refresh_token", refresh_token: "nonsense", client_id: client.id },
      { grant_type: "refresh_token", refresh_token: madeUp(tokens.refresh_token, i), client_id: client.id },
      { grant_type: "authorization_code", code: `nonsense-${i}`, client_id: client.id },
      { grant_type: "password" },
      { token: altered(tokens.refresh_token), client_id: client.id },
      { token: madeUp(tokens.refresh_token, i), client_id: client.id },
    ][i % 6] ?? {};
  await expectOAuth(await untilLimited(60, (i) => shared.token(forms(i))));
  const refreshed = await shared.refresh(client, tokens.refresh_token);
  expect(refreshed.status).toBe(200);
  const next = (await refreshed.json()) as Tokens;
  // The client's own retry of a lost answer, then the new connection, then its end.
  expect((await shared.refresh(client, tokens.refresh_token)).status).toBe(200);
  const redeemed = await shared.redeem(client, back.searchParams.get("code") ?? "");
  expect(redeemed.status).toBe(200);
  const { refresh_token } = (await redeemed.json()) as Tokens;
  expect((await shared.token({ token: refresh_token, client_id: client.id })).status).toBe(200);
  expect((await shared.refresh(client, refresh_token)).status).not.toBe(200);
  expect(next.access_token).not.toBe(tokens.access_token);
  expect((await from("192.0.2.11").token({ grant_type: "password" })).status).toBe(400);
});

test("a limit by grant is used up by genuine refresh tokens only, and another grant goes on", async () => {
  const shared = from("192.0.2.20");
  const { client, tokens } = await shared.connect({ name: "ada" });
  const other = await shared.connect({ name: "bob" });
  for (let i = 0; i < 130; i++) {
    // Each from another address, so that only the grant could be what counts.
    const answer = await from(`198.51.100.${i}`).refresh(client, madeUp(tokens.refresh_token, i));
    expect(answer.status).toBe(400);
  }
  let current = tokens.refresh_token;
  expect((await shared.refresh(client, current)).status).toBe(200);
  const limited = await untilLimited(60, async () => {
    const answer = await shared.refresh(client, current);
    if (answer.ok) current = ((await answer.clone().json()) as Tokens).refresh_token;
    return answer;
  });
  await expectOAuth(limited);
  expect((await shared.refresh(other.client, other.tokens.refresh_token)).status).toBe(200);
});

test("rubbish at /mcp limits its address in JSON-RPC; genuine tokens go on, and one that expired still gets its 401", async () => {
  const shared = from("192.0.2.30");
  const { tokens } = await shared.connect({ name: "ada" });
  const expired = await shared.connect({ name: "bob" });
  const unknown = madeUp(expired.tokens.access_token);
  expect((await shared.modern(tokens.access_token, "tools/list")).status).toBe(200);
  const session = await shared.openSession(tokens.access_token);
  const bearers = (i: number) => [altered(tokens.access_token), "nonsense", "a,b", "dbr1_x"][i % 4] ?? "";
  await expectJsonRpc(await untilLimited(600, (i) => shared.modern(bearers(i), "tools/list")));
  await expectJsonRpc(await untilLimited(600, () => shared.fetch(shared.resource, { method: "POST" })));
  expect((await shared.modern(tokens.access_token, "tools/list")).status).toBe(200);
  expect((await shared.legacy(tokens.access_token, call("whoami"), session)).status).toBe(200);
  const answer = await shared.modern(unknown, "tools/list");
  expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
    401,
    expect.stringContaining("invalid_token"),
  ]);
});

test("who knows the ids of a grant uses up nothing of it at /mcp, and is limited where they are", async () => {
  const { tokens } = await from("192.0.2.40").connect({ name: "ada" });
  const knowing = from("192.0.2.41");
  const attempt = (i: number) => knowing.modern(madeUp(tokens.access_token, i), "tools/list");
  await expectJsonRpc(await untilLimited(600, attempt));
  for (const address of ["192.0.2.40", "192.0.2.41"]) {
    expect((await from(address).modern(tokens.access_token, "tools/list")).status).toBe(200);
  }
});

test("a grant that asks too often is told so in JSON-RPC, with the id of its message, in both transports", async () => {
  const shared = from("192.0.2.50");
  const one = await shared.connect({ name: "ada" });
  const other = await shared.connect({ name: "ada" });
  const session = await shared.openSession(one.tokens.access_token);
  const attempt = () => shared.legacy(one.tokens.access_token, LIST, session);
  await expectJsonRpc(await untilLimited(300, attempt), 7);
  await expectJsonRpc(await untilLimited(300, () => shared.modern(one.tokens.access_token, "tools/list")), 1);
  expect((await shared.modern(other.tokens.access_token, "tools/list")).status).toBe(200);
});

test("registration and consent are limited by address, and an app is told so as OAuth says", async () => {
  const shared = from("192.0.2.60");
  await shared.register();
  const body = JSON.stringify({ redirect_uris: ["https://evil.example/x"] });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  await expectOAuth(await untilLimited(60, () => shared.fetch(`${PUBLIC}/oauth/register`, init)));
  await expectOAuth(await untilLimited(60, () => shared.fetch(`${PUBLIC}/authorize?client_id=x`)));
});

test("a signed-in browser reaches its pages, whatever strangers do behind the same address", async () => {
  const shared = from("192.0.2.70");
  const loaded = loadSettings({
    ...bindings,
    PUBLIC_URL: PUBLIC,
    OIDC_ISSUER: "",
    OIDC_CLIENT_ID: "",
    OIDC_CLIENT_SECRET: "",
    OIDC_LABEL: "",
  });
  if ("problems" in loaded) throw new Error("not set up");
  const cookieOf = async (name: string) => {
    const { tokens } = await shared.connect({ name });
    const user = { provider: "development", issuer: "urn:drawbridge:development", id: name, name };
    const session = { id: "s".repeat(43), subject: tokens.access_token.split(":")[0] ?? "", user };
    const born = Date.now();
    return (await sealBrowserSession({ ...session, signedInAt: born, born }, loaded.settings)).split(";")[0] ?? "";
  };
  const [cookie, neighbour] = [await cookieOf("ada"), await cookieOf("bob")];
  const open = (headers: Record<string, string>) => shared.fetch(`${PUBLIC}/console`, { headers });
  expect((await open({ cookie })).status).not.toBe(429);
  await untilLimited(60, () => open({ cookie: altered(cookie) }));
  expect((await open({ cookie })).status).not.toBe(429);
  await untilLimited(60, () => open({ cookie }));
  expect((await open({ cookie: neighbour })).status, "another user behind the same address").not.toBe(429);
});
