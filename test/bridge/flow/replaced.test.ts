// A new connection of the same app takes the place of the old one when it begins, that is, with its first token: not before, and
// not for another installation that shares the app's id.

import { afterEach, expect, test, vi } from "vitest";
import { bridgeAt, codeFor } from "../support/attack.ts";
import { REDIRECT, type Tokens } from "../support/journey.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

async function recordsOf({ access_token }: Tokens): Promise<number> {
  const grant = access_token.split(":")[1] ?? "none";
  const { keys } = await bindings.OAUTH_KV.list();
  return keys.filter(({ name }) => name.includes(grant)).length;
}

test("an authorization that was never finished costs the connection before it nothing", async () => {
  const { client, tokens } = await journey.connect({ name: "abandons" });
  expect(await codeFor(client, "abandons")).not.toBe("");
  const renewed = await journey.refresh(client, tokens.refresh_token);
  expect(renewed.status).toBe(200);
  const { access_token } = (await renewed.json()) as Tokens;
  expect((await journey.modern(access_token, "tools/list")).status).toBe(200);
});

test("with the first token of the new connection the old one is over, at calls, at refreshes and in storage", async () => {
  const { client, tokens: old } = await journey.connect({ name: "replaces" });
  const other = await journey.connect({ name: "replaces" });
  expect(await recordsOf(old)).toBeGreaterThan(0);
  const { tokens } = await journey.connect({ client, name: "replaces" });
  expect((await journey.modern(old.access_token, "tools/list")).status).toBe(401);
  const refused = await journey.refresh(client, old.refresh_token);
  expect([refused.status, await refused.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  expect(await recordsOf(old)).toBe(0);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
  expect((await journey.refresh(other.client, other.tokens.refresh_token)).status).toBe(200);
});

test("of two authorizations under way at once, each can be finished, and the last to begin is the one that stays", async () => {
  const client = await journey.register();
  const [first, second] = [await codeFor(client, "twice"), await codeFor(client, "twice")];
  const redeem = async (code: string) => (await (await journey.redeem(client, code)).json()) as Tokens;
  const use = async ({ access_token }: Tokens) => (await journey.modern(access_token, "tools/list")).status;
  const one = await redeem(first);
  expect(await use(one)).toBe(200);
  const two = await redeem(second);
  expect([await use(one), await use(two)]).toEqual([401, 200]);
});

test("two installations of an app whose id is a URL live side by side", async () => {
  const id = "https://app.example/two.json";
  const document = { client_id: id, client_name: "Two", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" };
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json(document));
  const client = { id, redirectUri: REDIRECT };
  const laptop = await journey.connect({ client, name: "installs" });
  const phone = await journey.connect({ client, name: "installs" });
  for (const { tokens } of [laptop, phone]) {
    expect((await journey.modern(tokens.access_token, "tools/list")).status).toBe(200);
    expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
  }
});

test("an older connection that tidies up late does not take the newer one with it", async () => {
  const { client } = await journey.connect({ name: "tardy" });
  const [first, second] = [await codeFor(client, "tardy"), await codeFor(client, "tardy")];
  const held = Promise.withResolvers<void>();
  const OAUTH_KV = new Proxy(bindings.OAUTH_KV, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        if (name === "list") await held.promise;
        return member.apply(target, args);
      };
    },
  });
  const older = bridgeAt(ORIGIN, { OAUTH_KV }, ["profile:read", "notes:read"]).redeem(client, first);
  const begun = async () => (await ledgerOf(first).connections()).alive.some(({ grant }) => first.includes(grant));
  await vi.waitUntil(begun, 10_000);
  const tokens = (await (await journey.redeem(client, second)).json()) as Tokens;
  held.resolve();
  expect((await older).status).toBe(200);
  expect((await journey.modern(tokens.access_token, "tools/list")).status).toBe(200);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});
