// Dynamic registration under attack (C7 to C14): floods, leftovers, and what a registration must not give.

import { expect, test, vi } from "vitest";
import { bridgeAt } from "../support/attack.ts";
import { type Client, REDIRECT } from "../support/journey.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const PUBLIC = "https://bridge.example";
const DAY = 86_400;

async function lifeOf(client: Client): Promise<number> {
  const { keys } = await bindings.OAUTH_KV.list({ prefix: `client:${client.id}` });
  return (keys[0]?.expiration ?? 0) - Date.now() / 1000;
}

test("C11: a registration is gone after a day, or, once it has given a token, after thirty days of disuse", async () => {
  const client = await journey.register();
  const unused = await lifeOf(client);
  expect([unused > 0.9 * DAY, unused <= DAY + 1]).toEqual([true, true]);
  expect((await journey.openConsent(client)).response.status).toBe(200);
  expect(await lifeOf(client), "a page that was shown renews nothing").toBeLessThanOrEqual(DAY + 1);
  const { tokens } = await journey.connect({ client });
  const used = await lifeOf(client);
  expect([used > 29 * DAY, used <= 30 * DAY + 1]).toEqual([true, true]);
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 0.5 * DAY * 1000);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
  clock.mockRestore();
  expect(await lifeOf(client)).toBeGreaterThan(29 * DAY);
});

test("C11: so many registrations an hour on the whole bridge; then 429, in words, until the hour is over", async () => {
  const bridge = bridgeAt(PUBLIC);
  const register = () =>
    bridge.fetch(`${PUBLIC}/oauth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" }),
    });
  const registered = async () => (await bindings.OAUTH_KV.list({ prefix: "client:" })).keys.length;
  expect((await register()).status).toBe(201);
  await bindings.DB.prepare("UPDATE registrations SET count = 598").run();
  const before = await registered();
  const answers = await Promise.all([register(), register(), register(), register(), register()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429, 429]);
  expect((await registered()) - before).toBe(2);
  const refused = await register();
  expect(await refused.text()).toBe("Too many apps have registered here within the hour. Try again in the next one.\n");
  const wait = Number(refused.headers.get("retry-after"));
  expect([wait > 0, wait <= 3600]).toEqual([true, true]);
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + wait * 1000);
  expect((await register()).status).toBe(201);
  clock.mockRestore();
});

test("C11, C14: each registration has an id of its own, and no way to be read or changed afterwards", async () => {
  const body = { client_name: "Twin", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" };
  const register = async () => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    return (await journey.fetch(`${ORIGIN}/oauth/register`, init)).json() as Promise<Record<string, unknown>>;
  };
  const [one, two] = [await register(), await register()];
  expect(one["client_id"]).not.toBe(two["client_id"]);
  for (const answer of [one, two]) {
    expect(answer).not.toHaveProperty("registration_access_token");
    expect(answer).not.toHaveProperty("registration_client_uri");
  }
  for (const method of ["GET", "PUT", "DELETE"]) {
    const path = `/oauth/register/${one["client_id"]}`;
    expect((await journey.fetch(ORIGIN + path, { method })).status).toBe(404);
  }
});

test("C11: a client with a secret is told that it lasts as long as its registration can", async () => {
  const body = { redirect_uris: [REDIRECT], token_endpoint_auth_method: "client_secret_post" };
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = (await (await journey.fetch(`${ORIGIN}/oauth/register`, init)).json()) as Record<string, number>;
  expect((answer["client_secret_expires_at"] ?? 0) - (answer["client_id_issued_at"] ?? 0)).toBe(30 * DAY);
});
