// The edge under attack (H, D4 to D6, C8, C9): hosts, origins, methods, paths, misplaced tokens, input that makes it fail.

import { expect, test, vi } from "vitest";
import { altered, bridgeAt, initialize, register, words } from "../support/attack.ts";
import { call, REDIRECT } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

const PUBLIC = "https://bridge.example";
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const METADATA = "/.well-known/oauth-authorization-server";

function at(path: string, init: RequestInit = {}): Promise<Response> {
  return journey.fetch(ORIGIN + path, { redirect: "manual", ...init });
}

test("no host but PUBLIC_URL's is answered, so no token can be made or used under another name", async () => {
  const bridge = bridgeAt(PUBLIC);
  const { client, tokens } = await bridge.connect({ name: "ada" });
  const issuer = async (url: string) => ((await (await bridge.fetch(url)).json()) as { issuer: string }).issuer;
  expect(await issuer(PUBLIC + METADATA)).toBe(PUBLIC);
  const body = new URLSearchParams({ client_id: client.id, refresh_token: tokens.refresh_token });
  body.set("grant_type", "refresh_token");
  const bearer = { authorization: `Bearer ${tokens.access_token}` };
  const evil = words("https://evil.example https://bridge.example.x.example https://bridge.example:8443");
  for (const origin of [...evil, "https://abc-drawbridge.workers.dev", "http://localhost:8787", "http://127.0.0.1"]) {
    const tries = [
      await bridge.fetch(origin + METADATA, { headers: { host: "bridge.example" } }),
      await bridge.fetch(`${origin}/oauth/token`, { method: "POST", headers: FORM, body: body.toString() }),
      await bridge.fetch(`${origin}/mcp`, { method: "POST", headers: bearer }),
      await bridge.fetch(`${origin}/`, { headers: { accept: "text/html" }, redirect: "manual" }),
      await bridge.fetch(origin + METADATA, { headers: { "x-forwarded-host": "bridge.example" } }),
    ];
    for (const answer of tries) {
      expect([origin, answer.status]).toEqual([origin, 421]);
      const said = "This bridge is reachable at https://bridge.example only.";
      expect(await answer.text()).toMatch(new RegExp(`^${said}\n$|^<!doctype html>[\\s\\S]*<p>${said}</p>`));
    }
  }
});

test("on an https bridge, plain http is sent on only when it is a page and carries no token", async () => {
  const bridge = bridgeAt(PUBLIC);
  const go = async (path: string, init: RequestInit = {}) => {
    const answer = await bridge.fetch(`http://bridge.example${path}`, { redirect: "manual", ...init });
    return [answer.status, answer.headers.get("location")];
  };
  expect(await go("/?a=b", { headers: { accept: "text/html" } })).toEqual([308, `${PUBLIC}/?a=b`]);
  const kept = await go("//evil.example/x", { headers: { accept: "text/html" } });
  expect(kept).toEqual([308, `${PUBLIC}//evil.example/x`]);
  expect(await go("/", { headers: { accept: "text/html", authorization: "Bearer x" } })).toEqual([403, null]);
  for (const path of ["/mcp", "/oauth/token", "/oauth/register", "/authorize"]) {
    expect(await go(path, { method: "POST", headers: { accept: "text/html" } })).toEqual([403, null]);
  }
});

test("only listed origins get in, preflights included; an exact echo, never a star, no credentials", async () => {
  const bridge = bridgeAt(PUBLIC, { ALLOWED_ORIGINS: "https://app.example" });
  const { tokens } = await bridge.connect({ name: "ada" });
  const send = (origin: string, method: string, path: string) => {
    const headers = { origin, authorization: `Bearer ${tokens.access_token}`, "access-control-request-method": "POST" };
    return bridge.fetch(PUBLIC + path, { method, headers });
  };
  const opened = await bridge.legacy(tokens.access_token, initialize(1));
  const corsOf = (answer: Response) => [...answer.headers].filter(([name]) => name.startsWith("access-control-"));
  expect([opened.status, corsOf(opened)], "who sends no Origin").toEqual([200, []]);
  for (const origin of ["https://app.example", PUBLIC]) {
    for (const method of ["OPTIONS", "POST"]) {
      const answer = await send(origin, method, "/mcp");
      expect([method, answer.status]).toEqual([method, method === "OPTIONS" ? 204 : 415]);
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
      expect(answer.headers.get("vary")).toContain("Origin");
    }
  }
  const foreign = words(
    "null https://evil.example http://app.example https://app.example.evil.example https://bridge.example.x * x HTTPS://APP.EXAMPLE",
  );
  for (const origin of [...foreign, ...words("https://app.example:444 http://localhost:6274 http://bridge.example")]) {
    for (const path of ["/mcp", "/", "/oauth/token", "/oauth/register", "/authorize", METADATA]) {
      for (const method of ["OPTIONS", path === "/" || path === METADATA ? "GET" : "POST"]) {
        const answer = await send(origin, method, path);
        expect([origin, path, method, answer.status, corsOf(answer)]).toEqual([origin, path, method, 403, []]);
      }
    }
  }
});

test("every kind of answer carries the security headers and an id, and says nothing about what it runs on", async () => {
  const bridge = bridgeAt(PUBLIC);
  const paths = words(`/ ${METADATA} /.well-known/oauth-protected-resource/mcp /mcp /authorize /nope /oauth/token`);
  for (const path of paths) {
    const { headers } = await bridge.fetch(PUBLIC + path);
    expect(headers.get("strict-transport-security"), path).toMatch(/^max-age=\d{8}/);
    expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    expect(headers.get("cross-origin-resource-policy"), path).toBe("same-origin");
    expect(headers.get("referrer-policy"), path).toMatch(/^(no-referrer|same-origin)$/);
    expect(headers.get("x-request-id"), path).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get("cache-control"), path).not.toBeNull();
    for (const name of ["x-powered-by", "server"]) expect(headers.get(name), path).toBeNull();
    if (!headers.get("content-type")?.includes("text/html")) continue;
    const csp = headers.get("content-security-policy");
    expect(csp).toMatch(/default-src 'none'.*script-src 'none'.*frame-ancestors 'none'/);
    expect(csp).not.toMatch(/unsafe|\*/);
    expect(headers.get("x-frame-options")).toBe("DENY");
  }
});

test("a path answers its own methods; what is not a path is a plain 404", async () => {
  const paths: Readonly<Record<string, readonly string[]>> = {
    "/": ["GET", "HEAD"],
    [METADATA]: ["GET", "HEAD"],
    "/.well-known/oauth-protected-resource/mcp": ["GET", "HEAD"],
    "/authorize": ["GET", "POST"],
    "/oauth/token": ["POST"],
    "/oauth/register": ["POST"],
    "/mcp": ["POST", "GET", "DELETE"],
  };
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"]) {
      const { status, headers } = await at(path, { method, headers: FORM });
      if (!methods.includes(method))
        expect([path, method, status, headers.get("allow")]).toEqual([path, method, 405, methods.join(", ")]);
      else expect(status, `${method} ${path}`).not.toBe(path === "/mcp" && method === "GET" ? 405 : 404);
    }
  }
  const nowhere = words(`/MCP /mcp/ /mcp/x /sse //mcp /mcp%2f /%6dcp /index.html /.env /% /%zz /oauth/introspect
    /.well-known/openid-configuration /.well-known/oauth-protected-resource /sign-in /sign-in/ /sign-in/__proto__
    /__proto__ /constructor /toString /agents/mcp-sessions/x /sign-in/toolongforasigninname`);
  for (const path of nowhere) {
    const answer = await at(path);
    expect([path, answer.status, answer.headers.get("content-type")]).toEqual([path, 404, "text/plain; charset=utf-8"]);
  }
});

test("a token anywhere but in the Authorization header is no token", async () => {
  const { tokens } = await journey.connect({ name: "misplaced" });
  const token = tokens.access_token;
  const honest = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const post = (path: string, headers: Record<string, string>, body = JSON.stringify(call("whoami"))) =>
    at(path, { method: "POST", headers: { ...honest, ...headers }, body });
  expect((await post("/mcp", { authorization: `Bearer ${token}` })).status).toBe(400); // no session yet: past the door
  const wrong = [
    await post("/mcp", {}),
    await post(`/mcp?access_token=${token}`, {}),
    await post("/mcp", FORM, `access_token=${token}`),
    await post("/mcp", { cookie: `access_token=${token}; token=${token}; Authorization=Bearer ${token}` }),
    await post("/mcp", { "x-access-token": token, "proxy-authorization": `Bearer ${token}` }),
    await post("/mcp", { authorization: `Basic ${btoa(`${token}:`)}` }),
    await post("/mcp", { authorization: token }),
  ];
  const challenge = `Bearer realm="OAuth", resource_metadata="${ORIGIN}/.well-known/oauth-protected-resource/mcp", scope="profile:read"`;
  for (const r of wrong)
    expect([r.status, r.headers.get("www-authenticate"), await r.text()]).toEqual([401, challenge, ""]);
});

test("made-up, altered, expired, revoked and foreign tokens are told apart by nobody: one answer to the byte", async () => {
  const { client, tokens } = await journey.connect({ name: "oracle" });
  const say = async (token: string) => {
    const answer = await journey.modern(token, "tools/list");
    const named = ["content-type", "www-authenticate", "cache-control", "content-length"];
    return JSON.stringify([answer.status, named.map((name) => answer.headers.get(name)), await answer.text()]);
  };
  expect(await say(tokens.access_token)).toContain("whoami");
  const [subject = "", grant = "", secret = ""] = tokens.access_token.split(":");
  const elsewhere = await bridgeAt("https://other.example").connect({ name: "ada" });
  const answers = [
    await say("x"),
    await say("a:b:c"),
    await say(`${subject}:${grant}:${altered(secret)}`),
    await say(`${subject}:other:${secret}`),
    await say(`dbr1_${"x".repeat(22)}:${grant}:${secret}`),
    await say(tokens.refresh_token),
    await say(elsewhere.tokens.access_token),
  ];
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 16 * 60_000);
  answers.push(await say(tokens.access_token));
  clock.mockRestore();
  expect(await say(tokens.access_token)).toContain("whoami");
  await ledgerOf(tokens.access_token).revoke("all");
  answers.push(await say(tokens.access_token));
  await journey.token({ token: tokens.refresh_token, client_id: client.id });
  answers.push(await say(tokens.access_token));
  expect(new Set(answers).size, answers.join("\n")).toBe(1);
  expect(JSON.parse(answers[0] ?? "")[0]).toBe(401);
});

test("no input makes the bridge fail: what is too long, of the wrong type or not there is refused with a 4xx", async () => {
  const client = await journey.register();
  expect((await journey.openConsent(client)).response.status).toBe(200);
  const long = `${"a".repeat(600)}:b:c`;
  const tries: Record<string, () => Promise<Response>> = {
    "a long bearer token": () => journey.modern(long, "tools/list"),
    "a long code": () => journey.redeem(client, long),
    "a long refresh token": () => journey.refresh(client, long),
    "a long token to revoke": () => journey.token({ token: long, client_id: client.id }),
    "a long client id at the token endpoint": () => journey.redeem({ ...client, id: "x".repeat(600) }, "a:b:c"),
    "a long client id at /authorize": async () =>
      (await journey.openConsent({ ...client, id: "x".repeat(600) })).response,
    "a client id of odd letters": async () => (await journey.openConsent({ ...client, id: "\u0000../é" })).response,
    "a lone percent sign": () => at("/authorize?client_id=%&state=%zz"),
    "a state of NUL": async () => (await journey.openConsent(client, { overrides: { state: "\u0000" } })).response,
    "no state": async () => (await journey.openConsent(client, { overrides: { state: undefined } })).response,
    "a handle of odd letters": () => journey.postConsent({ handle: "\u0000".repeat(90), cookie: "" }),
    "a callback with nothing": () => at("/sign-in/development/callback"),
    "a callback with a long state": () => at(`/sign-in/development/callback?state=${"s".repeat(7000)}`),
    "an odd cookie": () =>
      at("/sign-in/development/callback?state=x", { headers: { cookie: `__Host-x=%zz; =; ${"c".repeat(5000)}` } }),
  };
  for (const type of ["text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=x", ""]) {
    for (const path of ["/authorize", "/oauth/token", "/oauth/register"]) {
      const headers = type === "" ? {} : { "content-type": type };
      tries[`POST ${path} as ${type || "nothing"}`] = () => at(path, { method: "POST", headers, body: "handle=%ZZ&%" });
      tries[`POST ${path} as ${type || "nothing"}, empty`] = () => at(path, { method: "POST", headers });
    }
  }
  const failed: string[] = [];
  for (const [name, send] of Object.entries(tries)) {
    const { status } = await send();
    if (status >= 500) failed.push(`${name}: ${status}`);
  }
  takeErrors();
  expect(failed).toEqual([]);
});

test("a registration is small JSON with at most ten redirects, one of them usable, and no other site can make one", async () => {
  const json = { "content-type": "application/json" };
  const good = { redirect_uris: [REDIRECT], client_name: "Fine" };
  expect((await register(good)).status).toBe(201);
  const keys = async () => (await bindings.OAUTH_KV.list({ prefix: "client:" })).keys.length;
  const before = await keys();
  const many = Array.from({ length: 11 }, (_, n) => `http://127.0.0.1:${3000 + n}/cb`);
  const uris = [
    many,
    [],
    ["https://evil.example/cb"],
    ["cursor://x/y"],
    ["javascript:alert(1)", REDIRECT],
    ["http://[::1].x/"],
  ];
  const bad: readonly (readonly [unknown, Record<string, string>, number])[] = [
    [good, { "content-type": "text/plain" }, 415],
    ...["https://evil.example", "null"].map((origin) => [good, { ...json, origin }, 403] as const),
    ...uris.map((redirect_uris) => [{ ...good, redirect_uris }, json, 400] as const),
    [{ ...good, client_uri: "x".repeat(9000) }, json, 413],
    ...[[good], "{", "null"].map((metadata) => [metadata, json, 400] as const),
  ];
  for (const [metadata, headers, status] of bad)
    expect([metadata, (await register(metadata, headers)).status]).toEqual([metadata, status]);
  expect(await keys()).toBe(before);
});
