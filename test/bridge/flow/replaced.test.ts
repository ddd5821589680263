// A new connection of the same app takes the place of the old one when it begins, that is, with its first token: not before, and
// not for another installation that shares the app's id.

import { afterEach, expect, test, vi } from "vitest";
import * as z from "zod";
import type { GrantId, Subject } from "../../../src/bridge/gate/principal.ts";
import { createAuthorizationServer } from "../../../src/bridge/oauth/authorization-server.ts";
import { clearReplaced } from "../../../src/bridge/oauth/replaced.ts";
import { codeFor } from "../support/attack.ts";
import { REDIRECT, type Tokens } from "../support/journey.ts";
import { app, loadSettings } from "../support/own-app.ts";
import { bindings, journey } from "../support/worker.ts";

const PARTS = z
  .tuple([z.string(), z.string(), z.string()])
  .transform(([subject, grant]) => [subject as Subject, grant as GrantId] as const);

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
  const { client, tokens: old } = await journey.connect({ name: "tardy" });
  const { tokens } = await journey.connect({ client, name: "tardy" });
  const [subject, grant] = PARTS.parse(old.access_token.split(":"));
  const loaded = loadSettings(bindings);
  if ("problems" in loaded) throw new Error("not set up");
  const server = createAuthorizationServer({ app, settings: loaded.settings, entitlement: () => [] });
  await clearReplaced(server.getOAuthApi(bindings), { client: client.id, subject, grant }, bindings);
  expect((await journey.modern(tokens.access_token, "tools/list")).status).toBe(200);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});
