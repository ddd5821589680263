// What an operator stopped stays stopped where connections are made and renewed (C13, T7), not only at calls.

import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { bridgeAt, codeFor, register } from "../support/attack.ts";
import { type Client, REDIRECT, type Tokens } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { bindings, journey, ledgerOf } from "../support/worker.ts";

async function set(kind: string, value: string): Promise<void> {
  await bindings.CONTROL.prepare("INSERT INTO switch (kind, value) VALUES (?1, ?2)").bind(kind, value).run();
}

async function clear(): Promise<void> {
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
}

/** A ledger's copy of the switches is five seconds old at most. */
async function later(code: string, ms: number): Promise<void> {
  await runInDurableObject(ledgerOf(code), (ledger: Ledger) => {
    ledger.clock = () => Date.now() + ms;
  });
}

async function said(answer: Promise<Response>) {
  const response = await answer;
  const { error } = (await response.json()) as { error?: string };
  return [response.status, error];
}

const BLOCKED = "has blocked this app";
const ENDED = [400, "invalid_grant"];

test("a blocked client gets no consent page, no code and no token; unblocked, it goes on", async () => {
  const { client, tokens } = await journey.connect({ name: "blocked" });
  const page = await journey.openConsent(client);
  const allowed = await journey.postConsent(await journey.openConsent(client));
  const code = await codeFor(client, "somebody else");
  const other = await journey.register();
  await set("client", client.id);

  const shown = await journey.openConsent(client);
  expect([shown.response.status, shown.handle, shown.html]).toEqual([400, "", expect.stringContaining(BLOCKED)]);
  // Who had the page open is sent to sign in, and told when they come back.
  await expect(journey.signIn(await journey.postConsent(page), "blocked")).rejects.toThrow(BLOCKED);
  await expect(journey.signIn(allowed, "blocked")).rejects.toThrow(BLOCKED);
  await later(code, 5_000);
  expect(await said(journey.redeem(client, code))).toEqual(ENDED);
  expect(await said(journey.refresh(client, tokens.refresh_token))).toEqual(ENDED);
  expect((await journey.openConsent(other)).response.status).toBe(200);

  await clear();
  expect((await journey.openConsent(client)).response.status).toBe(200);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
  await later(code, 10_000);
  expect((await journey.redeem(client, code)).status).toBe(200);
});

test("a client with a secret that is blocked is known by its Basic header too", async () => {
  const body = {
    redirect_uris: ["http://127.0.0.1:33418/callback"],
    token_endpoint_auth_method: "client_secret_basic",
  };
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const registered = await (await journey.fetch(`${journey.origin}/oauth/register`, init)).json();
  const { client_id: id, client_secret: secret } = registered as { client_id: string; client_secret: string };
  const client: Client = { id, redirectUri: body.redirect_uris[0] ?? "" };
  const ask = (fields: Record<string, string>, as = id) => {
    const form = {
      "content-type": "application/x-www-form-urlencoded",
      authorization: `Basic ${btoa(`${as}:${secret}`)}`,
    };
    const sent = new URLSearchParams(fields).toString();
    return journey.fetch(`${journey.origin}/oauth/token`, { method: "POST", headers: form, body: sent });
  };
  const redeem = async () => {
    const code = await codeFor(client, "basic");
    const verifier = { code_verifier: "v".repeat(64), redirect_uri: client.redirectUri };
    return ask({ grant_type: "authorization_code", code, ...verifier });
  };
  const tokens = (await (await redeem()).json()) as Tokens;
  const refresh = (as = id) => ask({ grant_type: "refresh_token", refresh_token: tokens.refresh_token }, as);
  await set("client", id);
  expect(await said(refresh())).toEqual(ENDED);
  expect(await said(refresh(`%${id.charCodeAt(0).toString(16)}${id.slice(1)}`))).toEqual(ENDED);
  for (const odd of ["%zz", "\u00ff"]) expect((await refresh(odd)).status).toBeLessThan(500);
  await clear();
  expect((await refresh()).status).toBe(200);
});

test("a blocked client renews nothing, whatever way it finds to say who it is", async () => {
  const { client, tokens } = await journey.connect({ name: "disguised" });
  const secret = await register({ token_endpoint_auth_method: "client_secret_basic", redirect_uris: [REDIRECT] });
  const { client_id: id, client_secret } = (await secret.json()) as { client_id: string; client_secret: string };
  const basic = btoa(`${id}:${client_secret}`);
  const send = (body: string, authorization?: string) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", ...(authorization && { authorization }) };
    return journey.fetch(`${journey.origin}/oauth/token`, { method: "POST", headers, body });
  };
  const code = await codeFor({ id, redirectUri: REDIRECT }, "disguised too");
  const redeem = `grant_type=authorization_code&code=${code}&code_verifier=${"v".repeat(64)}&redirect_uri=${REDIRECT}`;
  const own = (await (await send(redeem, `Basic ${basic}`)).json()) as Tokens;
  const refresh = ({ refresh_token }: Tokens) => `grant_type=refresh_token&refresh_token=${refresh_token}`;
  const ways: readonly (readonly [string, string?])[] = [
    [`${refresh(tokens)}&client_id=${client.id}`],
    [`client_id=&${refresh(tokens)}&client_id=${client.id}`],
    [`\ufeffclient_id=nobody&${refresh(tokens)}&client_id=${client.id}`],
    [`${refresh(own)}`, `Basic ${basic}`],
    [`${refresh(own)}`, `basic\t${basic}`],
    [`${refresh(own)}&client_id=`, `Basic ${basic}`],
  ];
  await set("client", client.id);
  await set("client", id);
  const answers: unknown[] = [];
  for (const [body, authorization] of ways) {
    answers.push([body, authorization, ...(await said(send(body, authorization)))]);
  }
  const refused = (body: string) => (body.startsWith("\ufeff") ? [400, "invalid_request"] : ENDED);
  expect(answers).toEqual(ways.map(([body, authorization]) => [body, authorization, ...refused(body)]));
  await clear();
  expect((await send(refresh(own), `Basic ${basic}`)).status).toBe(200);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});

test("a client that is blocked while its refresh is under way does not get it either", async () => {
  const { client, tokens } = await bridgeAt(journey.origin).connect({ name: "ada" });
  const prepare = (sql: string) => {
    const statement = bindings.CONTROL.prepare(sql);
    if (!sql.includes("FROM switch")) return statement;
    const all = async () => {
      const read = await statement.all();
      await set("client", client.id).catch(() => undefined);
      return read;
    };
    return { all };
  };
  const meanwhile = bridgeAt(journey.origin, { CONTROL: { prepare } });
  expect(await said(meanwhile.refresh(client, tokens.refresh_token))).toEqual([400, "unauthorized_client"]);
  await clear();
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});

test("a frozen user renews nothing and connects nothing, an answer given before included; thawed, they go on", async () => {
  const { client, tokens } = await journey.connect({ name: "frozen" });
  const allowed = await journey.postConsent(await journey.openConsent(client));
  const first = await journey.refresh(client, tokens.refresh_token);
  expect(first.status).toBe(200);
  const [subject = ""] = tokens.access_token.split(":");
  await set("subject", subject);
  expect(await said(journey.refresh(client, tokens.refresh_token))).toEqual(ENDED);
  const { refresh_token: next } = (await first.json()) as Tokens;
  expect(await said(journey.refresh(client, next))).toEqual(ENDED);
  await expect(journey.signIn(allowed, "frozen")).rejects.toThrow("stopped your access");
  await clear();
  expect((await journey.refresh(client, next)).status).toBe(200);
});

test("while the bridge is off, or nobody can read the switches, tokens wait and nothing is lost", async () => {
  const { client, tokens } = await journey.connect({ name: "waiting" });
  const code = await codeFor(client, "waits too");
  await set("mode", "off");
  expect(await said(journey.refresh(client, tokens.refresh_token))).toEqual([503, "temporarily_unavailable"]);
  await later(code, 5_000);
  expect(await said(journey.redeem(client, code))).toEqual([503, "temporarily_unavailable"]);
  expect((await journey.openConsent(client)).html).toContain("has switched it off");
  await clear();
  await bindings.CONTROL.prepare("ALTER TABLE switch RENAME TO elsewhere").run();
  expect(await said(journey.refresh(client, tokens.refresh_token))).toEqual([503, "temporarily_unavailable"]);
  await later(code, 10_000);
  expect(await said(journey.redeem(client, code))).toEqual([503, "temporarily_unavailable"]);
  expect((await journey.openConsent(client)).response.status).toBe(503);
  takeErrors();
  await bindings.CONTROL.prepare("ALTER TABLE elsewhere RENAME TO switch").run();
  expect((await journey.redeem(client, code)).status).toBe(200);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});
