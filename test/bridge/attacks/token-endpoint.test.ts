// What strangers may send to the token endpoint, where the bridge and the OAuth library each read the same form: it has to mean the
// same to both, and must cost nothing before anybody is known.

import { afterEach, expect, test, vi } from "vitest";
import { bridgeAt } from "../support/attack.ts";
import type { Tokens } from "../support/journey.ts";
import { journey, ledgerOf } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function post(body: string, authorization?: string): Promise<Response> {
  const headers = { "content-type": "application/x-www-form-urlencoded", ...(authorization && { authorization }) };
  return journey.fetch(`${journey.origin}/oauth/token`, { method: "POST", headers, body });
}

test("a client id that is too long is refused before it is looked up, wherever in the request it stands", async () => {
  const { client, tokens } = await journey.connect({ name: "long" });
  const long = "x".repeat(600);
  const refresh = `grant_type=refresh_token&refresh_token=${tokens.refresh_token}`;
  const assertion = `e30.${btoa(JSON.stringify({ iss: long })).replaceAll("=", "")}.x`;
  const type = encodeURIComponent("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  const tries = [
    await post(`${refresh}&client_id=${long}`),
    await post(`client_id=&${refresh}&client_id=${long}`),
    await post(refresh, `Basic ${btoa(`${long}:x`)}`),
    await post(`${refresh}&client_assertion=${assertion}&client_assertion_type=${type}`),
  ];
  for (const [number, answer] of tries.entries()) {
    expect([number, answer.status, await answer.json()]).toMatchObject([number, 401, { error: "invalid_client" }]);
  }
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});

test("a question that nobody answers here fetches no client's document", async () => {
  const fetched = vi.spyOn(globalThis, "fetch").mockImplementation(async () => Response.json({}));
  const app = encodeURIComponent("https://app.example/client.json");
  for (const type of ["client_credentials", "urn:ietf:params:oauth:grant-type:token-exchange", "x"]) {
    const answer = await post(`grant_type=${encodeURIComponent(type)}&client_id=${app}`);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: "unsupported_grant_type" }]);
  }
  for (const body of [
    `grant_type=refresh_token&refresh_token=a:b:c`,
    "grant_type=authorization_code&code=a:b:c",
    "token=x",
  ]) {
    expect((await post(`${body}&client_id=${app}`)).status).toBeLessThan(500);
  }
  expect(fetched).not.toHaveBeenCalled();
});

test("an empty grant_type is none: what it revokes ends in the ledger too", async () => {
  const { client, tokens } = await journey.connect({ name: "empty" });
  expect((await journey.modern(tokens.access_token, "tools/list")).status).toBe(200);
  expect((await post(`grant_type=&token=${tokens.access_token}&client_id=${client.id}`)).status).toBe(200);
  const ended = (await ledgerOf(tokens.access_token).events()).map(({ event }) => event.kind);
  expect(ended.at(-1)).toBe("grant-ended");
});

test("a renewed token carries nothing that its user may not hold any more, and the audit log says what it carries", async () => {
  const wide = bridgeAt(journey.origin, {}, ["profile:read", "notes:read", "notes:write"]);
  const ticked = ["notes:read", "notes:write"];
  const { client, tokens } = await wide.connect({ name: "less", ticked });
  expect(tokens.scope.split(" ").sort()).toEqual(["notes:read", "notes:write", "profile:read"]);
  const narrow = bridgeAt(journey.origin, {}, ["profile:read", "notes:read"]);
  const renewed = (await (await narrow.refresh(client, tokens.refresh_token)).json()) as Tokens;
  expect(renewed.scope.split(" ").sort()).toEqual(["notes:read", "profile:read"]);
  const last = (await ledgerOf(tokens.access_token).events()).at(-1)?.event;
  expect(last).toMatchObject({ kind: "token", how: "refreshed", scopes: ["profile:read", "notes:read"] });
});
