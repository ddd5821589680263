// A stolen refresh token: once its successor was used and a minute has passed, anyone who brings the old one has shown that two hold
// it, whatever else the form says. And anyone who may revoke: the client that a token was issued to, and nobody else.

import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { codeFor, register } from "../support/attack.ts";
import { REDIRECT, type Tokens } from "../support/journey.ts";
import { journey, ledgerOf, ORIGIN } from "../support/worker.ts";

let users = 0;
const connect = () => journey.connect({ name: `owner ${users++}`, ticked: ["notes:read"] });

function post(body: string, authorization?: string): Promise<Response> {
  const headers = { "content-type": "application/x-www-form-urlencoded", ...(authorization && { authorization }) };
  return journey.fetch(`${ORIGIN}/oauth/token`, { method: "POST", headers, body });
}

const works = async (token: string) => (await journey.modern(token, "tools/list")).status;

const endings = async ({ access_token }: Tokens) =>
  (await ledgerOf(access_token).events()).flatMap(({ event }) => (event.kind === "grant-ended" ? [event.why] : []));

async function later({ access_token }: Tokens, ms: number) {
  await runInDurableObject(ledgerOf(access_token), (ledger: Ledger) => {
    ledger.clock = () => Date.now() + ms;
  });
}

/** What one form may say beside the other's. */
const MORE = [
  "",
  "&scope=",
  "&scope=profile:read%20notes:read",
  `&resource=${encodeURIComponent(`${ORIGIN}/mcp`)}`,
  "&resource=",
  "&resource=https://elsewhere.example/mcp",
  "&scope=profile:read&scope=profile:read",
  "&x=1&x=2",
  "&client_secret=guess",
  "&client_assertion=a.b.c",
  "&client_id=another",
];

test("the owner's old token is reuse after grace, whatever the thief's form said beside it", async () => {
  for (const more of MORE) {
    const { client, tokens } = await connect();
    const refresh = `grant_type=refresh_token&refresh_token=${tokens.refresh_token}&client_id=${client.id}`;
    const stolen = await post(refresh + more);
    if (stolen.status !== 200) {
      // The thief got nothing, and the owner goes on.
      expect([more, (await post(refresh)).status]).toEqual([more, 200]);
      continue;
    }
    const thief = (await stolen.json()) as Tokens;
    expect([more, await works(thief.access_token)]).toEqual([more, 200]);
    await later(tokens, 61_000);
    expect([more, (await post(refresh)).status]).toEqual([more, 400]);
    expect([more, await endings(tokens), await works(thief.access_token)]).toEqual([more, ["reuse"], 401]);
  }
});

test("an old token is reuse after grace, whatever its own form says and anyone who brings it", async () => {
  const other = await journey.register();
  for (const more of [...MORE, `&client_id=${other.id}`]) {
    const { client, tokens } = await connect();
    const refresh = `grant_type=refresh_token&refresh_token=${tokens.refresh_token}`;
    const next = (await (await post(`${refresh}&client_id=${client.id}`)).json()) as Tokens;
    expect([more, await works(next.access_token)]).toEqual([more, 200]);
    await later(tokens, 61_000);
    expect([more, (await post(`${refresh}&client_id=${client.id}${more}`)).status]).toEqual([more, 400]);
    expect([more, await endings(tokens), await works(next.access_token)]).toEqual([more, ["reuse"], 401]);
  }
});

test("within grace a client that asks a little differently gets the same answer, so that it is not locked out by a thief", async () => {
  const { client, tokens } = await connect();
  const refresh = `grant_type=refresh_token&refresh_token=${tokens.refresh_token}&client_id=${client.id}`;
  const stolen = await (await post(`${refresh}&scope=profile:read`)).json();
  for (const more of ["", "&scope=", "&scope=profile:read%20notes:read", `&resource=${ORIGIN}/mcp`]) {
    expect([more, await (await post(refresh + more)).json()]).toEqual([more, stolen]);
  }
  expect(await endings(tokens)).toEqual([]);
});

test("within grace a client with a secret gets the answer in either form of its secret, and nobody gets it without", async () => {
  const answer = await register({ client_name: "secret", redirect_uris: [REDIRECT] });
  const { client_id: id, client_secret: secret } = (await answer.json()) as Record<string, string>;
  const basic = `Basic ${btoa(`${id}:${secret}`)}`;
  const code = await codeFor({ id: id ?? "", redirectUri: REDIRECT }, "secret");
  const redemption = `grant_type=authorization_code&code=${code}&code_verifier=${"v".repeat(64)}`;
  const tokens = (await (await post(redemption, basic)).json()) as Tokens;
  const refresh = `grant_type=refresh_token&refresh_token=${tokens.refresh_token}`;
  const first = await (await post(refresh, basic)).json();
  expect(await (await post(`${refresh}&client_id=${id}&client_secret=${secret}`)).json()).toEqual(first);
  for (const more of [`&client_id=${id}`, `&client_id=${id}&client_secret=guess`, ""]) {
    const stolen = await post(refresh + more);
    expect([more, stolen.status, await stolen.json()]).toMatchObject([more, 400, { error: "invalid_grant" }]);
  }
  expect(await endings(tokens)).toEqual([]);
});

test("another client that holds a current refresh token gets invalid_grant, no advice to try again, and ends nothing", async () => {
  const { client, tokens } = await connect();
  const other = await journey.register();
  for (const ms of [0, 600_000]) {
    await later(tokens, ms);
    const answer = await journey.refresh(other, tokens.refresh_token);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  }
  await later(tokens, 0);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});

test("another client that holds a token cannot end its grant; the client it was issued to can", async () => {
  for (const kind of ["access_token", "refresh_token"] as const) {
    const { client, tokens } = await connect();
    const other = await journey.register();
    for (const hint of ["", "&token_type_hint=access_token", "&token_type_hint=refresh_token", "&token_type_hint=x"]) {
      const tried = await post(`token=${tokens[kind]}&client_id=${other.id}${hint}`);
      expect([hint, tried.status, await tried.json()]).toMatchObject([hint, 400, { error: "invalid_grant" }]);
      expect((await post(`token=${tokens[kind]}${hint}`)).status).toBe(401);
    }
    expect([await works(tokens.access_token), await endings(tokens)]).toEqual([200, []]);
    const next = (await (await journey.refresh(client, tokens.refresh_token)).json()) as Tokens;
    // A token that was replaced belongs to the grant as well.
    expect((await post(`token=${tokens.refresh_token}&client_id=${other.id}`)).status).toBe(400);
    expect(await works(next.access_token)).toBe(200);
    expect((await post(`token=${tokens[kind]}&client_id=${client.id}`)).status).toBe(200);
    expect([await works(next.access_token), await endings(tokens)]).toEqual([401, ["revoked"]]);
  }
});
