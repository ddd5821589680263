import { runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import type { GrantId } from "../../../src/bridge/gate/principal.ts";
import { checkSeal } from "../../../src/bridge/seal.ts";
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
  await vi.waitFor(() => expect(posted).toHaveLength(3), { timeout: 10_000 });
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
  // A timer counts until it is cleared, so waiting longer lets none pass: it only gives a slow machine time to send the notice.
  await vi.waitFor(() => expect(running).toEqual(new Set()), { timeout: 20_000 });
  expect(timeouts).not.toHaveBeenCalled();
  for (const spy of [set, cleared, timeouts]) spy.mockRestore();
});
