// Who may vouch for users: an OpenID provider that sends them to a page over https, and development sign-in on loopback alone.

import { afterEach, expect, test, vi } from "vitest";
import type { Settings } from "../../../src/bridge/settings.ts";
import { development } from "../../../src/bridge/sign-in/development.ts";
import { providerProblem } from "../../../src/bridge/sign-in/discovery.ts";
import { app } from "../fixture/app.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a provider whose sign-in page is not https is no provider, nor one without a page, tokens or keys", async () => {
  const problemOf = async (name: string, more: Record<string, unknown>) => {
    const issuer = `https://${name}.example`;
    const at = (path: string) => `${issuer}/${path}`;
    const ends = { authorization_endpoint: at("auth"), token_endpoint: at("token"), jwks_uri: at("keys") };
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json({ issuer, ...ends, ...more }));
    return (await providerProblem(issuer))?.problem;
  };
  expect(await problemOf("honest", {})).toBeUndefined();
  expect(await problemOf("plain", { authorization_endpoint: "http://plain.example/auth" })).toMatch(/not https/);
  expect(await problemOf("script", { authorization_endpoint: "javascript:alert(1)" })).toMatch(/not https/);
  expect(await problemOf("keyless", { jwks_uri: undefined })).toMatch(/lacks jwks_uri/);
  expect(await problemOf("pkceless", { code_challenge_methods_supported: ["plain"] })).toMatch(/PKCE/);
});

test("every endpoint of a discovery document is looked at when it is loaded, and named, whatever is odd about it", async () => {
  let made = 0;
  const issuers = { far: () => `https://odd-${++made}.example`, near: () => `http://127.0.0.1:${++made}` };
  const problemOf = async (issuer: string, more: Record<string, unknown>) => {
    const at = (path: string) => `${issuer}/${path}`;
    const ends = { authorization_endpoint: at("auth?tenant=1"), token_endpoint: at("token"), jwks_uri: at("keys") };
    vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json({ issuer, ...ends, ...more }));
    return (await providerProblem(issuer))?.problem;
  };
  const odd: unknown[] = [
    ...[
      "javascript:alert(1)",
      "data:text/html,x",
      "/auth",
      "auth",
      "//host/auth",
      "https:/host/auth",
      "https:host",
      "",
    ],
    ...[
      "http://elsewhere.example/auth",
      "ftp://odd.example/",
      "https://user:secret@odd.example/",
      "https://odd.example/#x",
    ],
    ...[
      "https://",
      " https://odd.example/",
      "https://odd.example/ a",
      "https://odd.example\\x",
      "HTTP://elsewhere.example/",
    ],
    ...[7, true, {}, ["https://odd.example/"]],
  ];
  for (const make of Object.values(issuers)) {
    expect(await problemOf(make(), {})).toBeUndefined();
    for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"]) {
      for (const value of odd) {
        expect([value, await problemOf(make(), { [name]: value })]).toEqual([
          value,
          expect.stringContaining(`its ${name} is not https`),
        ]);
      }
    }
    // What is optional may say nothing, and what is not used may be anything.
    const silent = { userinfo_endpoint: null, claims_supported: null, code_challenge_methods_supported: null };
    expect(
      await problemOf(make(), { ...silent, claims_locales_supported: 7, end_session_endpoint: "/out" }),
    ).toBeUndefined();
  }
  expect(await problemOf(issuers.far(), { token_endpoint: "http://127.0.0.1:9/token" })).toContain("token_endpoint");
  expect(await problemOf(issuers.near(), { token_endpoint: "https://odd.example/token" })).toBeUndefined();
  expect(await problemOf(issuers.far(), { token_endpoint: "/t", jwks_uri: 7 })).toMatch(/token_endpoint.*jwks_uri/);
});

test("development sign-in on a host that is not loopback entitles nobody, shows no page and finishes nothing", async () => {
  const at = (url: string, loopback: boolean) => ({ publicUrl: new URL(url), loopback }) as Settings;
  const callback = new URL("https://bridge.example/sign-in/development/callback?state=x&name=ada");
  const request = new Request("https://bridge.example/sign-in/development?state=x");
  const laptop = at("http://127.0.0.1:8787", true);
  expect([development.configured(laptop), development.entitles?.(laptop, app.scopes).length]).toEqual([
    true,
    expect.any(Number),
  ]);
  expect(await development.finish(callback, {}, laptop)).toMatchObject({ user: { id: "ada" } });
  expect(development.page?.(request, callback, laptop, app.look).status).toBe(200);

  const deployed = at("https://bridge.example", false);
  expect([development.configured(deployed), development.entitles?.(deployed, app.scopes)]).toEqual([false, []]);
  await expect(development.finish(callback, {}, deployed)).rejects.toThrow("loopback only");
  expect(() => development.page?.(request, callback, deployed, app.look)).toThrow("loopback only");
});
