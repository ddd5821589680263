import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { GrantId } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { sha256 } from "../../../src/bridge/seal.ts";
import { bridgeAt } from "../support/attack.ts";
import { answerOf, type Client, call, type Tokens } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

let people = 0;
const connect = () => journey.connect({ name: `refresher ${people++}`, ticked: ["notes:read"] });

async function refreshed(client: Client, token: string, more = {}): Promise<Tokens> {
  const response = await journey.refresh(client, token, more);
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Tokens;
}

const works = async ({ access_token }: Tokens) =>
  (await answerOf(await journey.modern(access_token, "tools/call", { name: "whoami", arguments: {} }))).status;

const endings = async ({ access_token }: Tokens) =>
  (await ledgerOf(access_token).events()).flatMap(({ event }) => (event.kind === "grant-ended" ? [event.why] : []));

/** Moves the clock of a user's ledger. */
async function later({ access_token }: Tokens, ms: number) {
  await runInDurableObject(ledgerOf(access_token), (ledger: Ledger) => {
    ledger.clock = () => Date.now() + ms;
  });
}

test("twenty racing refreshes of one token are one step and one answer", async () => {
  const { client, tokens } = await connect();
  const answers = await Promise.all(Array.from({ length: 20 }, () => refreshed(client, tokens.refresh_token)));
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  const [answer = tokens] = answers;
  expect(answer.refresh_token).not.toBe(tokens.refresh_token);
  expect(await works(answer)).toBe(200);
  const events = await ledgerOf(tokens.access_token).events();
  expect(events.filter(({ event }) => event.kind === "token" && event.how === "refreshed")).toHaveLength(1);
});

test("an older refresh token that comes back ends the grant at once, recorded, in KV too", async () => {
  const { client, tokens } = await connect();
  const second = await refreshed(client, tokens.refresh_token);
  const third = await refreshed(client, second.refresh_token);
  expect(await works(third)).toBe(200);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(400);
  expect([await works(third), (await journey.refresh(client, third.refresh_token)).status]).toEqual([401, 400]);
  expect(await endings(tokens)).toEqual(["reuse"]);
  const { keys } = await bindings.OAUTH_KV.list({
    prefix: `grant:${tokens.access_token.split(":").slice(0, 2).join(":")}`,
  });
  expect(keys).toEqual([]);
});

test("the token before the current one gets the identical answer while its successor is unused, or for a minute", async () => {
  const { client, tokens } = await connect();
  const second = await refreshed(client, tokens.refresh_token);
  await later(tokens, 3_600_000);
  expect(await refreshed(client, tokens.refresh_token)).toEqual(second);
  await later(tokens, 0);
  expect(await works(second)).toBe(200);
  expect(await refreshed(client, tokens.refresh_token)).toEqual(second);
  await later(tokens, 61_000);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(400);
  expect(await endings(tokens)).toEqual(["reuse"]);
});

test("the refresh tokens of a connection that is over change nothing: no answer, no notice of a theft, no event", async () => {
  const { client, tokens } = await connect();
  const second = await refreshed(client, tokens.refresh_token);
  const third = await refreshed(client, second.refresh_token);
  await ledgerOf(tokens.access_token).revoke("all");
  const events = async () => (await ledgerOf(tokens.access_token).events()).length;
  const before = await events();
  for (const { refresh_token } of [tokens, second, third]) {
    expect((await journey.refresh(client, refresh_token)).status).toBe(400);
  }
  expect(await events()).toBe(before);
});

test("the same answer is for the same question only: another scope or client gets nothing, and nothing changes", async () => {
  const { client, tokens } = await connect();
  const second = await refreshed(client, tokens.refresh_token);
  const other = await journey.register();
  expect((await journey.refresh(client, tokens.refresh_token, { scope: "profile:read" })).status).toBe(400);
  expect((await journey.refresh(other, tokens.refresh_token)).status).toBe(400);
  expect(await works(second)).toBe(200);
  expect(await endings(tokens)).toEqual([]);
});

test("a guess changes nothing: a made-up secret, grant or subject is invalid_grant, and nothing is written", async () => {
  const { client, tokens } = await connect();
  const [subject = "", grant = ""] = tokens.refresh_token.split(":");
  const before = (await ledgerOf(tokens.access_token).events()).length;
  const written = async () => (await ledgerOf(tokens.access_token).events()).length;
  const ledgers = (await listDurableObjectIds(bindings.LEDGER)).length;
  const made = `dbr1_${"A".repeat(22)}`;
  for (const guess of [
    `${subject}:${grant}:guess`,
    `${subject}:guess:guess`,
    `${made}:${grant}:guess`,
    "x",
    "a:b:c:d",
  ]) {
    const response = await journey.refresh(client, guess);
    expect([guess, response.status, ((await response.json()) as { error: string }).error]).toEqual([
      guess,
      400,
      "invalid_grant",
    ]);
  }
  expect(await written()).toBe(before);
  // A made-up subject must not make a ledger, nor a made-up code or token to revoke.
  await journey.redeem(client, `${made}:${grant}:guess`);
  await journey.token({ client_id: client.id, token: `${made}:${grant}:guess` });
  expect((await listDurableObjectIds(bindings.LEDGER)).length).toBe(ledgers);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});

test("a crash between the library's rotation and the ledger's costs nobody their grant", async () => {
  const { client, tokens } = await connect();
  const storage = (statement: string) =>
    runInDurableObject(ledgerOf(tokens.access_token), (_: Ledger, state) => void state.storage.sql.exec(statement));
  await storage("CREATE TRIGGER crash BEFORE UPDATE ON family BEGIN SELECT RAISE(ABORT, 'crash'); END");
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(503);
  expect(takeErrors()).toHaveLength(1);
  await storage("DROP TRIGGER crash");
  await later(tokens, 11_000);
  const again = await refreshed(client, tokens.refresh_token);
  expect(await works(again)).toBe(200);
  expect(await endings(tokens)).toEqual([]);
});

test("a connection that ends while it is refreshed gives no tokens, and leaves nothing in the library's storage", async () => {
  const { client, tokens } = await journey.connect({ name: "ended meanwhile", ticked: ["notes:read"] });
  const [subject, grant] = tokens.refresh_token.split(":");
  const put: typeof bindings.OAUTH_KV.put = async (key: string, value: string, options?: KVNamespacePutOptions) => {
    await ledgerOf(tokens.access_token).revoke(grant as GrantId);
    await bindings.OAUTH_KV.put(key, value, options);
  };
  const OAUTH_KV = new Proxy(bindings.OAUTH_KV, {
    get(target, name) {
      const member: unknown = name === "put" ? put : Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  const may = ["profile:read", "notes:read"] as const;
  const answer = await bridgeAt(ORIGIN, { OAUTH_KV }, may).refresh(client, tokens.refresh_token);
  expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([400, "invalid_grant"]);
  expect(await endings(tokens)).toEqual(["revoked"]);
  const { keys } = await bindings.OAUTH_KV.list();
  expect(keys.filter(({ name }) => name.includes(`${subject}:${grant}`))).toEqual([]);
});

test("a first refresh token that an older version's ledger knows by its own hash is refreshed, and revoked", async () => {
  for (const use of ["refresh", "revoke"] as const) {
    const { client, tokens } = await connect();
    const known = await sha256(tokens.refresh_token);
    await runInDurableObject(ledgerOf(tokens.access_token), (_: Ledger, { storage }) => {
      storage.sql.exec("UPDATE family SET current = ?", known);
    });
    if (use === "revoke") await journey.token({ client_id: client.id, token: tokens.refresh_token });
    else expect(await works(await refreshed(client, tokens.refresh_token))).toBe(200);
    expect(await endings(tokens)).toEqual(use === "revoke" ? ["revoked"] : []);
  }
});

test("stale KV is 503 for the current token of a living grant, and not invalid_grant", async () => {
  const { client, tokens } = await connect();
  const key = `grant:${tokens.refresh_token.split(":").slice(0, 2).join(":")}`;
  const stored = await bindings.OAUTH_KV.get(key);
  await bindings.OAUTH_KV.delete(key);
  const stale = await journey.refresh(client, tokens.refresh_token);
  expect([stale.status, stale.headers.get("retry-after")]).toEqual([503, "2"]);
  await bindings.OAUTH_KV.put(key, stored ?? "");
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
});

test("a record that KV lost for good is no reason to try again for ever: the grant is over, here too", async () => {
  const { client, tokens } = await connect();
  await bindings.OAUTH_KV.delete(`grant:${tokens.refresh_token.split(":").slice(0, 2).join(":")}`);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(503);
  expect(await endings(tokens)).toEqual([]);
  await later(tokens, 5 * 60_000);
  const over = await journey.refresh(client, tokens.refresh_token);
  expect([over.status, ((await over.json()) as { error: string }).error]).toEqual([400, "invalid_grant"]);
  expect([await works(tokens), await endings(tokens)]).toEqual([401, ["revoked"]]);
});

test("RFC 7009: any genuine token ends its grant, in the ledger too; garbage ends nothing", async () => {
  for (const kind of ["access_token", "refresh_token"] as const) {
    const { client, tokens } = await connect();
    const [subject, grant] = tokens.access_token.split(":");
    expect((await journey.token({ client_id: client.id, token: `${subject}:${grant}:guess` })).status).toBe(200);
    expect(await works(tokens)).toBe(200);
    expect((await journey.token({ client_id: client.id, token: tokens[kind] })).status).toBe(200);
    expect(await works(tokens)).toBe(401);
    expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(400);
    expect(await endings(tokens)).toEqual(["revoked"]);
  }
});

test("a code that is redeemed twice ends the grant, in the ledger too", async () => {
  const client = await journey.register();
  const back = await journey.signIn(await journey.postConsent(await journey.openConsent(client)), "replayed");
  const code = back.searchParams.get("code") ?? "";
  const tokens = (await (await journey.redeem(client, code)).json()) as Tokens;
  expect(await works(tokens)).toBe(200);
  expect((await journey.redeem(client, code)).status).toBe(400);
  expect(await works(tokens)).toBe(401);
  expect(await endings(tokens)).toEqual(["code-replayed"]);
});

test("a grant that nobody refreshed for a day is over, and says so plainly", async () => {
  const { client, tokens } = await journey.connect({ name: "idle", lifetime: "604800" });
  await later(tokens, 24 * 3_600_000);
  const idle = await journey.refresh(client, tokens.refresh_token);
  expect([idle.status, ((await idle.json()) as { error: string }).error]).toEqual([400, "invalid_grant"]);
});

test("a grant ends when the life that the user chose is over, however fresh its tokens are", async () => {
  const { client, tokens } = await journey.connect({ name: "short", lifetime: "3600" });
  await later(tokens, 3_599_000);
  expect(await works(tokens)).toBe(200);
  await later(tokens, 3_601_000);
  expect([await works(tokens), (await journey.refresh(client, tokens.refresh_token)).status]).toEqual([401, 400]);
  expect(call("whoami").method).toBe("tools/call");
});
