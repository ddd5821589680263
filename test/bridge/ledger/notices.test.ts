// Notices: what is told, that it arrives, and that nothing else does.

import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { checkSeal } from "../../../src/bridge/seal.ts";
import { takeErrors } from "../support/log.ts";
import { bindings } from "../support/worker.ts";
import { admission, CLIENT, GRANT, HOUR, opening, openLedger, refreshOf } from "./ledgers.ts";

test("a new grant that can write, a new country and a refresh token that came back are events and signed webhooks", async () => {
  const posted: { readonly url: string; readonly seal: string; readonly body: string }[] = [];
  const webhook = vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    const seal = new Headers(init?.headers).get("x-drawbridge-signature") ?? "";
    posted.push({ url: String(url), seal, body: String(init?.body) });
    return new Response();
  });
  const { stub, subject } = await openLedger();
  const other = "grant-02" as GrantId;
  await stub.openGrant({
    grant: other,
    client: CLIENT,
    scopes: ["notes:write"],
    canWrite: true,
    expires: Date.now() + 48 * HOUR,
    redeemed: { code: "code", token: "token-1" },
  });
  const at = (country: string) =>
    admission({ grant: other, digest: country, where: { country, asn: 1, agent: "other" } });
  await stub.admit(at("DE"));
  await stub.admit(at("DE"));
  await stub.admit(at("BR"));
  await stub.admit(at("BR"));
  for (const [from, to] of [
    ["token-1", "token-2"],
    ["token-2", "token-3"],
  ] as const) {
    await stub.startRefresh(refreshOf(other, from));
    await stub.finishRefresh(refreshOf(other, from), { next: to, answer: "sealed", scopes: [] });
  }
  expect(await stub.startRefresh(refreshOf(other, "token-1"))).toEqual({ go: "reuse" });

  const notices = (await stub.events()).flatMap(({ event }) => (event.kind === "notice" ? [event.what] : []));
  expect(notices).toEqual(["grant-can-write", "new-country", "refresh-token-reuse"]);
  await runDurableObjectAlarm(stub);
  expect(posted).toHaveLength(3);
  const settings = bindings as unknown as { DRAWBRIDGE_SECRET: string; NOTIFY_URL: string };
  for (const { url, seal, body } of posted) {
    expect(url).toBe(settings.NOTIFY_URL);
    expect(
      await checkSeal({ secret: settings.DRAWBRIDGE_SECRET, previousSecret: undefined }, "notify", [body], seal),
    ).toBe(true);
    expect(Object.keys(JSON.parse(body) as object)).toEqual(["at", "grant", "subject", "what"]);
    expect(JSON.parse(body)).toMatchObject({ grant: other, subject });
  }
  webhook.mockRestore();
  expect(GRANT).not.toBe(other);
  await runInDurableObject(stub, (_, state) => {
    expect(state.storage.sql.exec("SELECT * FROM country").toArray()).toHaveLength(2);
  });
});

test("what is over leaves no timer behind: one would keep the object awake, and its owner paying", async () => {
  const running = new Set<unknown>();
  const { setTimeout, clearTimeout } = globalThis;
  const set = vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms?: number) => {
    const timer = setTimeout(work, ms);
    running.add(timer);
    return timer;
  }) as typeof setTimeout);
  const cleared = vi.spyOn(globalThis, "clearTimeout").mockImplementation((timer) => {
    running.delete(timer);
    clearTimeout(timer);
  });
  const timeouts = vi.spyOn(AbortSignal, "timeout");
  const { stub } = await openLedger();
  const grant = "grant-02" as GrantId;
  await stub.openGrant(opening({ grant, canWrite: true, redeemed: { code: "code", token: "token-1" } }));
  const refresh = refreshOf(grant, "token-1");
  expect(await stub.startRefresh(refresh)).toEqual({ go: "rotate", step: 0 });
  expect(running.size).toBeGreaterThan(0);
  await stub.finishRefresh(refresh, { next: "token-2", answer: "sealed", scopes: [] });
  const webhook = vi.spyOn(globalThis, "fetch");
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  expect(webhook).toHaveBeenCalledOnce();
  expect(running).toEqual(new Set());
  expect(timeouts).not.toHaveBeenCalled();
  for (const spy of [set, cleared, timeouts, webhook]) spy.mockRestore();
});

const outbox = (stub: Awaited<ReturnType<typeof openLedger>>["stub"]) =>
  runInDurableObject(stub, (_, { storage: { sql } }) => sql.exec("SELECT body FROM outbox ORDER BY id").toArray());

/** A grant that can write, of a client that replaces no other: one notice. */
const writes = (name: string) => ({
  grant: name as GrantId,
  client: `https://${name}.example/client.json` as ClientId,
  scopes: [],
  canWrite: true,
  expires: Date.now() + HOUR,
});

test("a transaction that is rolled back sends nothing", async () => {
  const webhook = vi.spyOn(globalThis, "fetch");
  const { stub, kinds } = await openLedger();
  await stub.admit(admission());
  await runInDurableObject(stub, async (ledger: Ledger, { storage: { sql } }) => {
    sql.exec(`CREATE TRIGGER boom BEFORE INSERT ON event WHEN NEW.body LIKE '%"admission"%'
      BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
    const abroad = admission({ where: { country: "BR", asn: 2, agent: "other" } });
    await expect(ledger.admit(abroad)).rejects.toThrow("the disk is full");
    sql.exec("DROP TRIGGER boom");
  });
  await runDurableObjectAlarm(stub);
  expect(await kinds()).not.toContain("notice");
  expect(webhook).not.toHaveBeenCalled();
  webhook.mockRestore();
});

test("a collector that fails loses nothing: the notice is sent again, as late as other work of the alarm, until it arrives", async () => {
  const { stub, advance, setClock } = await openLedger();
  const bodies: string[] = [];
  const answers = [() => new Response("", { status: 500 }), () => Promise.reject(new Error("no route")), redirect];
  const webhook = vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
    bodies.push(String(init?.body));
    return (answers.shift() ?? (() => new Response()))();
  });
  await stub.openGrant(writes("grant-02"));
  await runDurableObjectAlarm(stub);
  for (const [failures, wait] of [20, 40, 80].entries()) {
    expect(bodies).toHaveLength(failures + 1);
    await evictDurableObject(stub);
    await setClock();
    await advance(wait * 1000 - 1);
    await runDurableObjectAlarm(stub);
    expect(bodies).toHaveLength(failures + 1);
    await advance(1);
    await runDurableObjectAlarm(stub);
  }
  expect(bodies).toHaveLength(4);
  expect(new Set(bodies).size).toBe(1);
  expect(await outbox(stub)).toEqual([]);
  await advance(HOUR);
  await runDurableObjectAlarm(stub);
  expect(bodies).toHaveLength(4);
  webhook.mockRestore();
  expect(takeErrors().map((line) => JSON.parse(line).chore)).toEqual(["notices", "notices", "notices"]);
});

const redirect = () => new Response("", { status: 302, headers: { location: "https://elsewhere.example/" } });

test("the outbox is bounded: while a collector is down for long, the newest hundred notices are kept", async () => {
  const webhook = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("no route"));
  const { stub } = await openLedger();
  await runInDurableObject(stub, async (ledger: Ledger) => {
    for (let count = 1; count <= 120; count++) await ledger.openGrant(writes(`grant-n${count}`));
  });
  const kept = await outbox(stub);
  expect(kept).toHaveLength(100);
  expect(kept.map(({ body }) => JSON.parse(String(body)).grant)).toEqual(
    Array.from({ length: 100 }, (_, at) => `grant-n${at + 21}`),
  );
  webhook.mockRestore();
  takeErrors();
});
