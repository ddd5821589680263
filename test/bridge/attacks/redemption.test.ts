// A code is redeemed once, and the ledger decides it: before the library writes anything, whatever the library's storage still
// says, and anyone who brings the code back.

import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { bridgeAt, codeFor } from "../support/attack.ts";
import type { Tokens } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { auditLogOf, bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

/** A bridge whose storage of the library is as `change` makes it. */
function bridgeOver(change: Partial<Record<keyof KVNamespace, (key: string) => unknown>>) {
  const OAUTH_KV = new Proxy(bindings.OAUTH_KV, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) =>
        (await change[name as keyof KVNamespace]?.(String(args[0]))) ?? member.apply(target, args);
    },
  });
  return bridgeAt(ORIGIN, { OAUTH_KV }, ["profile:read", "notes:read"]);
}

const isOf = (token: string, key: string) => key.includes(token.split(":").slice(0, 2).join(":"));

async function lives(token: string): Promise<boolean> {
  return (await ledgerOf(token).connections()).alive.some(({ grant }) => grant === token.split(":")[1]);
}

const endings = async (token: string) =>
  (await auditLogOf(token)).flatMap((event) => (event.kind === "grant-ended" ? [event.why] : []));

async function connected(name: string) {
  const client = await journey.register();
  const code = await codeFor(client, name);
  const tokens = (await (await journey.redeem(client, code)).json()) as Tokens;
  expect(await lives(code)).toBe(true);
  return { client, code, tokens };
}

test("a grant lives in the ledger before the library writes anything of it, and its first token is on record", async () => {
  const client = await journey.register();
  const code = await codeFor(client, "first");
  const written: unknown[] = [];
  const watched = bridgeOver({
    put: async (key) => {
      if (isOf(code, key)) written.push([key.split(":")[0], await lives(code)]);
    },
  });
  expect((await watched.redeem(client, code)).status).toBe(200);
  expect(written).toEqual([
    ["grant", true],
    ["token", true],
  ]);
  const kinds = (await auditLogOf(code)).map(({ kind }) => kind);
  expect(kinds).toEqual(["consent", "grant-opened", "token"]);
});

test("a redemption that the ledger cannot write down gives nothing, and the code is still good", async () => {
  const client = await journey.register();
  const code = await codeFor(client, "unwritten");
  const storage = (statement: string) =>
    runInDurableObject(ledgerOf(code), (_: Ledger, state) => void state.storage.sql.exec(statement));
  await storage("CREATE TRIGGER crash BEFORE INSERT ON family BEGIN SELECT RAISE(ABORT, 'crash'); END");
  expect((await journey.redeem(client, code)).status).toBe(503);
  expect(takeErrors()).toHaveLength(1);
  expect([await lives(code), (await auditLogOf(code)).map(({ kind }) => kind)]).toEqual([false, ["consent"]]);
  await storage("DROP TRIGGER crash");
  expect((await journey.redeem(client, code)).status).toBe(200);
});

test("a code that comes back ends its grant although the library's storage still takes it for a new one", async () => {
  const client = await journey.register();
  const code = await codeFor(client, "stale");
  const key = `grant:${code.split(":").slice(0, 2).join(":")}`;
  const stale = (await bindings.OAUTH_KV.get(key, { type: "json" })) ?? undefined;
  expect(stale).toMatchObject({ authCodeWrappedKey: expect.any(String) });
  const tokens = (await (await journey.redeem(client, code)).json()) as Tokens;
  const behind = bridgeOver({ get: (asked) => (asked === key ? stale : undefined) });
  const again = await behind.redeem(client, code);
  expect([again.status, await again.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  expect(await endings(code)).toEqual(["code-replayed"]);
  expect((await journey.modern(tokens.access_token, "tools/list")).status).toBe(401);
  const { keys } = await bindings.OAUTH_KV.list();
  expect(keys.filter(({ name }) => isOf(code, name))).toEqual([]);
});

test("when a code comes back the ledger ends its grant before the library deletes anything of it", async () => {
  const { client, code } = await connected("order");
  const deleted: boolean[] = [];
  const watched = bridgeOver({
    delete: async (key) => {
      if (isOf(code, key)) deleted.push(await lives(code));
    },
  });
  expect((await watched.redeem(client, code)).status).toBe(400);
  expect(deleted.length).toBeGreaterThan(1);
  expect(deleted).not.toContain(true);
  expect(await endings(code)).toEqual(["code-replayed"]);
});

test("a code that was redeemed ends its grant anyone who brings it back, and whatever is wrong with the request", async () => {
  const other = await journey.register();
  const { id, redirectUri } = other;
  const redeem = { grant_type: "authorization_code", redirect_uri: redirectUri, code_verifier: "v".repeat(64) };
  const ways = [
    { client_id: id },
    { client_secret: "guess" },
    { code_verifier: "w".repeat(64) },
    { redirect_uri: "http://127.0.0.1:1/elsewhere" },
    { resource: "https://elsewhere.example/mcp" },
    { client_id: "https://app.example/client.json" },
  ];
  for (const [number, way] of ways.entries()) {
    const { client, code, tokens } = await connected(`thief ${number}`);
    const answer = await journey.token({ ...redeem, code, client_id: client.id, ...way });
    expect([way, answer.status >= 400 && answer.status < 500]).toEqual([way, true]);
    expect([way, await endings(code)]).toEqual([way, ["code-replayed"]]);
    expect((await journey.modern(tokens.access_token, "tools/list")).status).toBe(401);
  }
});

test("a code that nobody redeemed yet is still good after a request that was wrong about it", async () => {
  const client = await journey.register();
  const code = await codeFor(client, "honest");
  expect((await journey.redeem(client, code, "w".repeat(64))).status).toBe(400);
  expect((await journey.redeem(await journey.register(), code)).status).toBe(400);
  expect((await journey.redeem(client, code)).status).toBe(200);
});
