import { createExecutionContext } from "cloudflare:test";
import { expect, test } from "vitest";
import { checkAddressRate, checkGrantRate } from "../../../src/bridge/edge/rate.ts";
import { createAuthorizationServer } from "../../../src/bridge/oauth/authorization-server.ts";
import { oauthRoutes } from "../../../src/bridge/oauth/routes.ts";
import { sweep } from "../../../src/bridge/oauth/sweep.ts";
import { createRouter } from "../../../src/bridge/request/route.ts";
import { ROUTES } from "../../../src/bridge/server.ts";
import { app, loadSettings } from "../support/own-app.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const routeOf = createRouter([...ROUTES, ...oauthRoutes]);

function production(more: Readonly<Record<string, string>> = {}) {
  const noProvider = { OIDC_ISSUER: "", OIDC_CLIENT_ID: "", OIDC_CLIENT_SECRET: "", OIDC_LABEL: "" };
  const loaded = loadSettings({ ...bindings, ...noProvider, PUBLIC_URL: "https://bridge.example", ...more });
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
}

function development() {
  const loaded = loadSettings(bindings);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
}

function from(address: string, path: string, settings = production()) {
  const route = routeOf(path);
  if (route === undefined) throw new Error("no such route");
  const request = new Request(`https://bridge.example${path}`, { headers: { "cf-connecting-ip": address } });
  return checkAddressRate(request, route.name, bindings, settings);
}

/** Attempts until one is refused. A minute may end in between, so up to twice the limit can pass; less than it never. */
async function untilRefused(limit: number, attempt: (i: number) => Promise<Response | undefined>) {
  for (let i = 0; i <= 2 * limit; i++) {
    const refused = await attempt(i);
    if (refused !== undefined) return { passed: i, refused };
  }
  throw new Error("never refused");
}

test("more than 60 requests a minute from one address to the authorization server are refused, another address is not", async () => {
  const { passed, refused } = await untilRefused(60, () => from("192.0.2.1", "/oauth/token"));
  expect(passed).toBeGreaterThanOrEqual(60);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "60"]);
  expect(await from("192.0.2.2", "/oauth/token")).toBeUndefined();
  expect(await from("192.0.2.1", "/oauth/register")).toBeUndefined();
  expect(await from("192.0.2.1", "/.well-known/oauth-authorization-server")).toBeUndefined();
});

test("all addresses of one IPv6 /64 count as one, the next /64 does not", async () => {
  const addressOf = (i: number) => `2001:db8:0:1:${i < 30 ? ":" : "a:b:c:"}${i.toString(16)}`;
  const { passed } = await untilRefused(60, (i) => from(addressOf(i), "/authorize"));
  expect(passed).toBeGreaterThanOrEqual(60);
  expect(await from("2001:db8:0:2::1", "/authorize")).toBeUndefined();
});

test("a deployed bridge counts every address, loopback ones too; one on a laptop spares the laptop's own and counts the rest", async () => {
  for (const [address, settings] of [
    ["127.0.0.1", production()],
    ["::1", production()],
    ["192.0.2.9", development()],
  ] as const) {
    const { passed } = await untilRefused(60, () => from(address, "/authorize", settings));
    expect(passed).toBeGreaterThanOrEqual(60);
  }
  for (const address of ["127.0.0.1", "::1"]) {
    for (let i = 0; i <= 120; i++) expect(await from(address, "/authorize", development())).toBeUndefined();
  }
});

test("a grant is refused after 300 requests in a minute, before the ledger is asked", async () => {
  const { passed } = await untilRefused(300, () => checkGrantRate("grant-rate", bindings, production()));
  expect(passed).toBeGreaterThanOrEqual(300);
  expect(await checkGrantRate("another", bindings, production())).toBeUndefined();
});

test("with REGISTRATION off there is no registration, and nothing says that there is one", async () => {
  const metadata = async () =>
    (await (await journey.fetch(`${ORIGIN}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
  expect((await metadata())["registration_endpoint"]).toBe(`${ORIGIN}/oauth/register`);
  const settings = production({ REGISTRATION: "off" });
  const server = createAuthorizationServer({ app, settings, entitlement: () => [] });
  const url = "https://bridge.example/.well-known/oauth-authorization-server";
  const off = (await (await server.fetch(new Request(url), bindings, createExecutionContext())).json()) as Record<
    string,
    unknown
  >;
  expect(off["registration_endpoint"]).toBeUndefined();
});

test("the sweep goes on where it stopped, until every orphaned grant is gone", async () => {
  for (let i = 0; i < 120; i++) {
    await bindings.OAUTH_KV.put(
      `grant:u:${i}`,
      JSON.stringify({ id: `${i}`, clientId: "gone", userId: "u", scope: [], createdAt: 1 }),
    );
  }
  const server = createAuthorizationServer({ app, settings: production(), entitlement: () => [] });
  const left = async () => (await bindings.OAUTH_KV.list({ prefix: "grant:" })).keys.length;
  const counts = [await left()];
  while (
    ((await left()) > 0 || (await bindings.OAUTH_KV.get("drawbridge:sweep-cursor")) !== null) &&
    counts.length < 10
  ) {
    await sweep(server, bindings);
    counts.push(await left());
  }
  expect(counts[0]).toBe(120);
  expect(counts[1]).toBeLessThan(120);
  expect(counts[1]).toBeGreaterThan(0);
  expect(counts.at(-1)).toBe(0);
});
