// Dynamic registration under attack: floods, leftovers, and what a registration must not give.

import { expect, test, vi } from "vitest";
import { networkOf } from "../../../src/bridge/addresses.ts";
import { bridgeAt } from "../support/attack.ts";
import { type Client, REDIRECT } from "../support/journey.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const PUBLIC = "https://bridge.example";
const DAY = 86_400;
const METADATA = { redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" };

const bridge = bridgeAt(PUBLIC);

function register(address: string, metadata: unknown = METADATA): Promise<Response> {
  return bridge.fetch(`${PUBLIC}/oauth/register`, {
    method: "POST",
    headers: { "content-type": "application/json", "cf-connecting-ip": address },
    body: typeof metadata === "string" ? metadata : JSON.stringify(metadata),
  });
}

const registered = async () => (await bindings.OAUTH_KV.list({ prefix: "client:" })).keys.length;
const counted = async () =>
  (await bindings.CONTROL.prepare("SELECT count FROM registrations").first<number>("count")) ?? 0;

async function endOf({ id }: Client): Promise<number> {
  const record = await bindings.OAUTH_KV.get<{ registrationExpiresAt: number }>(`client:${id}`, { type: "json" });
  return record?.registrationExpiresAt ?? 0;
}

test("a registration lives a year, used or not; one that is still used after half of it has a whole year again", async () => {
  const client = await journey.register();
  const now = Date.now() / 1000;
  const { keys } = await bindings.OAUTH_KV.list({ prefix: `client:${client.id}` });
  for (const end of [await endOf(client), keys[0]?.expiration ?? 0])
    expect([end > now + 364 * DAY, end <= now + 365 * DAY + 5]).toEqual([true, true]);
  await journey.connect({ client });
  const clock = vi.spyOn(Date, "now").mockReturnValue((now + 200 * DAY) * 1000);
  expect((await journey.openConsent(client)).response.status).toBe(200);
  expect(await endOf(client), "a page that was shown renews nothing").toBeLessThan(now + 366 * DAY);
  await journey.connect({ client });
  clock.mockRestore();
  expect(await endOf(client)).toBeGreaterThan(now + 564 * DAY);
});

test("a client with a secret is told that it lasts as long as its registration", async () => {
  const client = { ...METADATA, token_endpoint_auth_method: "client_secret_post" };
  const answer = (await (await register("192.0.2.1", client)).json()) as Record<string, number>;
  expect((answer["client_secret_expires_at"] ?? 0) - (answer["client_id_issued_at"] ?? 0)).toBe(365 * DAY);
});

test("a network that has registered its share gets 429 until the hour is over, and uses up nobody else's", async () => {
  expect((await register("198.51.100.1")).status).toBe(201);
  await bindings.CONTROL.prepare("UPDATE registration_share SET count = 58").run();
  const [before, total] = [await registered(), await counted()];
  const answers = await Promise.all(Array.from({ length: 5 }, () => register("198.51.100.1")));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429, 429]);
  expect([(await registered()) - before, (await counted()) - total]).toEqual([2, 2]);
  const refused = await register("198.51.100.1");
  const words = "Too many apps have registered from your network within the hour. Try again in the next one.";
  expect(await refused.json()).toEqual({ error: "temporarily_unavailable", error_description: words });
  expect((await register("198.51.100.2")).status).toBe(201);
  const wait = Number(refused.headers.get("retry-after"));
  expect([wait > 0, wait <= 3600]).toEqual([true, true]);
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + wait * 1000);
  expect((await register("198.51.100.1")).status).toBe(201);
  clock.mockRestore();
});

test("a network is an IPv4 address in either spelling, or an IPv6 /48 in any", () => {
  const same = ["2001:db8:7::1", "2001:0DB8:0007:ffff::", "2001:db8:7:1:2:3:4:5"];
  expect(new Set(same.map(networkOf))).toEqual(new Set(["2001:db8:7"]));
  expect(networkOf("2001:db8::1")).toBe("2001:db8:0");
  expect(networkOf("2001::1")).toBe("2001:0:0");
  expect(networkOf("::1")).toBe("0:0:0");
  expect(networkOf("2001:db8:8::1")).not.toBe(networkOf("2001:db8:7::1"));
  expect(["::ffff:192.0.2.1", "192.0.2.1"].map(networkOf)).toEqual(["192.0.2.1", "192.0.2.1"]);
});

test("all networks together have so many registrations an hour; then 429 for each", async () => {
  expect((await register("203.0.113.1")).status).toBe(201);
  await bindings.CONTROL.prepare("UPDATE registrations SET count = 598").run();
  const before = await registered();
  const answers = await Promise.all(Array.from({ length: 5 }, (_, n) => register(`203.0.113.${10 + n}`)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 429, 429, 429]);
  expect((await registered()) - before).toBe(2);
  const refused = await register("203.0.113.99");
  expect(await refused.json()).toMatchObject({ error_description: expect.stringContaining("registered here within") });
  const wait = Number(refused.headers.get("retry-after"));
  expect([wait > 0, wait <= 3600]).toEqual([true, true]);
  const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + wait * 1000);
  expect((await register("203.0.113.99")).status, "the hour is over").toBe(201);
  clock.mockRestore();
  await bindings.CONTROL.prepare("UPDATE registrations SET count = 1").run();
});

test("what is not registered is not counted, for nobody", async () => {
  expect((await register("203.0.113.200")).status).toBe(201);
  const shares = async () =>
    (await bindings.CONTROL.prepare("SELECT sum(count) AS n FROM registration_share").first())?.["n"];
  const before = [await counted(), await shares(), await registered()];
  const rubbish = [
    ...["{", "null", "[]", "", "{}"],
    { ...METADATA, redirect_uris: [] },
    { ...METADATA, redirect_uris: ["https://evil.example/cb"] },
    { ...METADATA, redirect_uris: ["javascript:alert(1)"] },
    { ...METADATA, client_name: 7 },
    { ...METADATA, client_name: 5 },
    { ...METADATA, token_endpoint_auth_method: "magic" },
    { ...METADATA, grant_types: ["password"] },
    { ...METADATA, response_types: "code" },
    { ...METADATA, logo_uri: "javascript:1" },
  ];
  for (const metadata of rubbish) {
    const answer = await register("203.0.113.201", metadata);
    expect([metadata, answer.status]).toEqual([metadata, 400]);
    expect(await answer.json()).toMatchObject({ error: expect.stringMatching(/^invalid_/) });
  }
  expect([await counted(), await shares(), await registered()]).toEqual(before);
});

test("each registration has an id of its own, and no way to be read or changed afterwards", async () => {
  const body = { client_name: "Twin", redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" };
  const twin = async () => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    return (await journey.fetch(`${ORIGIN}/oauth/register`, init)).json() as Promise<Record<string, unknown>>;
  };
  const [one, two] = [await twin(), await twin()];
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
