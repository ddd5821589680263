import { beforeEach, expect, test, vi } from "vitest";
import { type ActRow, nextAct } from "../../../scripts/acts.ts";
import { canonical } from "../../../src/bridge/gate/canonical.ts";
import type { Subject } from "../../../src/bridge/gate/principal.ts";
import type { SignedHead } from "../../../src/bridge/ledger/chain.ts";
import { headPublicKey } from "../../../src/bridge/seal.ts";
import { storedIn } from "../support/attack.ts";
import { answerOf } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { makeOperatorToken } from "../support/operator-token.ts";
import { bindings, hourly, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

beforeEach(async () => {
  await bindings.CONTROL.exec("DELETE FROM operator_pass");
});

function ask(operatorToken: string, operation: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" };
  return journey.fetch(`${ORIGIN}/operator`, { method: "POST", headers, body: JSON.stringify(operation) });
}

async function read<T>(operatorToken: string, operation: unknown): Promise<T> {
  const answer = await ask(operatorToken, operation);
  expect(answer.status).toBe(200);
  return answer.json();
}

/** Everything a caller can see of an answer, but for the id that each has of its own. */
async function seen(answer: Response): Promise<unknown> {
  const headers = [...answer.headers].filter(([name]) => name !== "x-request-id" && name !== "date");
  return { status: answer.status, headers, body: await answer.text() };
}

async function connected(name: string) {
  const { client, tokens } = await journey.connect({
    name,
    scope: "profile:read notes:write",
    ticked: ["notes:write"],
  });
  const token = tokens.access_token;
  const write = await answerOf(
    await journey.modern(token, "tools/call", { name: "write_note", arguments: { title: "t", text: "x" } }),
  );
  expect(write.result?.isError).toBeUndefined();
  return { client, tokens, token, subject: token.split(":")[0] as Subject };
}

async function notesOf(subject: Subject): Promise<number> {
  const rows = await bindings.DB.prepare("SELECT id FROM note WHERE subject = ?").bind(subject).all();
  return rows.results.length;
}

test("without a valid, unexpired pass the endpoint cannot be told from a path that does not exist", async () => {
  expect((await ask(await makeOperatorToken(), { do: "people" })).status).toBe(200);

  const forged = `dbop_${"A".repeat(43)}`;
  const expired = await makeOperatorToken("read", Date.now() - 1);
  const endless = await makeOperatorToken("read", Date.now() + 24 * 3_600_000);
  const body = JSON.stringify({ do: "people" });
  const attempts: readonly RequestInit[] = [
    { method: "GET" },
    { method: "HEAD" },
    { method: "OPTIONS", headers: { origin: ORIGIN } },
    { method: "DELETE" },
    { method: "POST", body },
    { method: "POST", body, headers: { origin: "https://evil.example" } },
    { method: "POST", body: "x".repeat(100_000) },
    { method: "POST", body, headers: { authorization: "Bearer x" } },
    ...[forged, expired, endless].map((operatorToken) => ({
      method: "POST",
      body,
      headers: { authorization: `Bearer ${operatorToken}` },
    })),
    { method: "GET", headers: { authorization: `Bearer ${await makeOperatorToken()}` } },
  ];
  for (const attempt of attempts) {
    const unknown = await seen(await journey.fetch(`${ORIGIN}/operato`, attempt));
    expect(await seen(await journey.fetch(`${ORIGIN}/operator`, attempt)), JSON.stringify(attempt)).toEqual(unknown);
  }
});

test("a user's own token is no pass", async () => {
  const { token } = await connected("mallory");
  expect((await ask(token, { do: "people" })).status).toBe(404);
});

test("an operator lists everybody, reads an audit log page by page, and gets its signed head", async () => {
  const { subject } = await connected("grace");
  const operatorToken = await makeOperatorToken();
  const { people } = await read<{ people: { subject: string; erased: null }[] }>(operatorToken, { do: "people" });
  expect(people.find((user) => user.subject === subject)).toMatchObject({ erased: null });

  const { head } = await read<{ head: { seq: number; subject: string } }>(operatorToken, { do: "head", subject });
  const numbers: number[] = [];
  while (numbers.length < head.seq) {
    const page = await read<{ entries: { seq: number }[] }>(operatorToken, {
      do: "events",
      subject,
      after: numbers.length,
      limit: 2,
    });
    expect(page.entries.length).toBeGreaterThan(0);
    numbers.push(...page.entries.map(({ seq }) => seq));
  }
  expect(numbers).toEqual(Array.from({ length: head.seq }, (_, index) => index + 1));
  expect(head.subject).toBe(subject);
  const secret = (bindings as unknown as { SUBJECT_KEY: string }).SUBJECT_KEY;
  expect(await read(operatorToken, { do: "key" })).toEqual({ key: await headPublicKey(secret) });
});

test("what is no operation, and who was never here, is said in words, and makes no ledger", async () => {
  const operatorToken = await makeOperatorToken();
  for (const odd of [
    undefined,
    [],
    { do: "sudo" },
    { do: "events", subject: "x", after: 0 },
    { do: "head", more: 1 },
  ]) {
    expect((await ask(operatorToken, odd)).status).toBe(400);
  }
  const madeUp = `dbr1_${"A".repeat(22)}`;
  expect((await ask(operatorToken, { do: "head", subject: madeUp })).status).toBe(404);
  expect(await (await ask(operatorToken, { do: "head", subject: madeUp })).json()).toEqual({
    error: "No such user was ever here.",
  });
});

test("a closed pass is over; one for an act serves for that act alone, and once", async () => {
  const { subject } = await connected("linus");
  const reading = await makeOperatorToken();
  expect((await ask(reading, { do: "revoke", subject, grant: "all" })).status).toBe(403);
  await read(reading, { do: "close" });
  expect((await ask(reading, { do: "people" })).status).toBe(404);

  const acting = await makeOperatorToken(`revoke ${subject} all`);
  expect((await ask(acting, { do: "erase", subject })).status).toBe(403);
  expect((await ask(acting, { do: "people" })).status).toBe(403);
  const answers = await Promise.all([1, 2, 3].map(() => ask(acting, { do: "revoke", subject, grant: "all" })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404]);
});

test("a revoked grant is dead at once, for calls and for refreshes, and the audit log says so", async () => {
  const { subject, token, tokens, client } = await connected("alan");
  const operatorToken = await makeOperatorToken(`revoke ${subject} all`);
  expect(await read(operatorToken, { do: "revoke", subject, grant: "all" })).toEqual({ ended: 1 });
  expect((await journey.modern(token, "tools/list")).status).toBe(401);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(400);
  const events = await ledgerOf(token).events();
  expect(events.at(-1)?.event).toMatchObject({ kind: "grant-ended", why: "revoked" });
});

test("an erased user has no notes, no grants and no way in, and their audit log stays where it can be verified", async () => {
  const { subject, token, tokens, client } = await connected("rosalind");
  const other = await connected("barbara");
  const before = await ledgerOf(token).events();
  const stored = async () => (await bindings.OAUTH_KV.list({ prefix: `grant:${subject}:` })).keys.length;
  expect([await notesOf(subject), await stored()]).toEqual([1, 1]);

  expect(await read(await makeOperatorToken(`erase ${subject}`), { do: "erase", subject })).toEqual({
    kept: { notes: 1 },
    grants: 1,
  });
  expect([await notesOf(subject), await stored()]).toEqual([0, 0]);
  expect((await journey.modern(token, "tools/list")).status).toBe(401);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(400);
  expect(await notesOf(other.subject)).toBe(1);
  expect((await journey.modern(other.token, "tools/list")).status).toBe(200);

  const operatorToken = await makeOperatorToken();
  const { people } = await read<{ people: { subject: string; erased: number | null }[] }>(operatorToken, {
    do: "people",
  });
  expect(people.find((user) => user.subject === subject)?.erased).toEqual(expect.any(Number));
  const { entries } = await read<{ entries: object[] }>(operatorToken, { do: "events", subject, after: 0 });
  expect(entries.slice(0, before.length)).toEqual(before);
  expect(entries.at(-1)).toMatchObject({ event: { kind: "erased" } });
});

test("nobody gets a grant while the list of users cannot be written", async () => {
  expect((await journey.connect({ name: "hedy" })).tokens.access_token).toBeDefined();
  await bindings.CONTROL.exec("ALTER TABLE person RENAME TO gone");
  await expect(journey.connect({ name: "hedy" })).rejects.toThrow("sign-in: 5");
  await bindings.CONTROL.exec("ALTER TABLE gone RENAME TO person");
  expect(takeErrors()).toHaveLength(1);
});

test("what an erased user's session object kept is emptied too", async () => {
  const { token, subject } = await connected("dorothy");
  const session = await journey.openSession(token);
  expect(await storedIn(session)).toContain("initializeRequest");
  await read(await makeOperatorToken(`erase ${subject}`), { do: "erase", subject });
  await vi.waitFor(async () => expect(await storedIn(session)).not.toContain("initializeRequest"), { timeout: 10_000 });
});

test("operators' acts are read with an operator token, and their head is signed there and once an hour in the log", async () => {
  const append = async (acts: readonly ActRow[]) => {
    for (const { seq, at, act, hash } of acts) {
      const insert = "INSERT INTO operator_act (seq, at, act, hash) VALUES (?, ?, ?, ?)";
      await bindings.CONTROL.prepare(insert).bind(seq, at, act, hash).run();
    }
  };
  const operatorToken = await makeOperatorToken();
  expect(await read(operatorToken, { do: "acts-head" })).toEqual({ head: null });
  const first = nextAct(undefined, Date.now(), { do: "mode", to: "off" }, "ada");
  const second = nextAct(first, Date.now(), { do: "mode", to: "normal" }, "ada");
  await append([first, second]);
  expect(await read(operatorToken, { do: "acts", after: 0 })).toEqual({ acts: [first, second] });
  expect(await read(operatorToken, { do: "acts", after: 1 })).toEqual({ acts: [second] });

  const lines = vi.spyOn(console, "log");
  const kv = vi.spyOn(bindings.OAUTH_KV, "get").mockRejectedValue(new Error("the sweep cannot run"));
  await expect(hourly()).rejects.toThrow("the sweep cannot run");
  kv.mockRestore();
  const logged = lines.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"at":"head"'));
  const { head } = await read<{ head: SignedHead }>(operatorToken, { do: "acts-head" });
  const key = await crypto.subtle.importKey(
    "jwk",
    { kty: "OKP", crv: "Ed25519", x: (await read<{ key: string }>(operatorToken, { do: "key" })).key },
    "Ed25519",
    false,
    ["verify"],
  );
  for (const { signature, ...covered } of [head, JSON.parse(logged[0] ?? "null").head as SignedHead]) {
    expect(covered).toMatchObject({ subject: "operators", seq: 2, hash: second.hash });
    const bytes = Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const text = new TextEncoder().encode(canonical(covered));
    expect(await crypto.subtle.verify("Ed25519", key, bytes, text)).toBe(true);
  }
  await bindings.CONTROL.exec("DELETE FROM operator_act");
});
