// How often a connection asks what it depends on: the user's ledger by RPC, and the database CONTROL for the switches, by anyone
// reads them, the ledger itself included.

import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { bridgeAt, codeFor } from "../support/attack.ts";
import type { Tokens } from "../support/journey.ts";
import { bindings, ledgerOf, ORIGIN } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** A bridge, and the ledger's methods that it called since it was last asked. */
function overheard() {
  const calls: string[] = [];
  const heard = <T extends object>(stub: T): T =>
    new Proxy(stub, {
      get(target, name) {
        if (name === "then") return undefined;
        return (...args: unknown[]) => {
          calls.push(String(name));
          return Reflect.apply(Reflect.get(target, name) as never, target, args);
        };
      },
    });
  const LEDGER = new Proxy(bindings.LEDGER, {
    get: (target, name) =>
      name === "getByName"
        ? (...args: Parameters<typeof target.getByName>) => heard(target.getByName(...args))
        : Reflect.get(target, name),
  });
  return { journey: bridgeAt(ORIGIN, { LEDGER }), calls: () => calls.splice(0) };
}

/** How often the switches were read since it was last asked. The ledgers run in this very isolate. */
function switchReads(): () => number {
  const prepare = vi.spyOn(Object.getPrototypeOf(bindings.CONTROL) as D1Database, "prepare");
  return () => {
    const read = prepare.mock.calls.filter(([sql]) => sql.includes("FROM switch"));
    prepare.mockClear();
    return read.length;
  };
}

async function tokensOf(answer: Promise<Response>): Promise<Tokens> {
  const response = await answer;
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
}

test("a code is redeemed with one call of the ledger, also when it takes the place of an earlier connection", async () => {
  const { journey, calls } = overheard();
  const client = await journey.register();
  for (const which of ["first", "second"]) {
    const code = await codeFor(client, "ada", journey);
    calls();
    await tokensOf(journey.redeem(client, code));
    expect([which, calls()]).toEqual([which, ["openGrant"]]);
  }
});

test("a refresh is two calls of the ledger: before the library rotates, and before the answer leaves", async () => {
  const { journey, calls } = overheard();
  const { client, tokens } = await journey.connect({ name: "ada" });
  let token = tokens.refresh_token;
  for (const which of ["first", "second"]) {
    calls();
    token = (await tokensOf(journey.refresh(client, token))).refresh_token;
    expect([which, calls()]).toEqual([which, ["startRefresh", "finishRefresh"]]);
  }
});

test("from /authorize to the first token the switches are read twice, and once more for a client that waits longer than their copy", async () => {
  const { journey, calls } = overheard();
  const client = await journey.register();
  const reads = switchReads();
  expect((await bindings.CONTROL.prepare("SELECT kind FROM switch").all()).results).toEqual([]);
  expect(reads()).toBe(1);
  const { tokens } = await journey.connect({ client, name: "ada" });
  expect([reads(), calls()]).toEqual([2, ["connections", "consent", "openGrant"]]);

  const code = await codeFor(client, "ada", journey);
  await runInDurableObject(ledgerOf(tokens.access_token), (ledger: Ledger) => {
    ledger.clock = () => Date.now() + 5_000;
  });
  await tokensOf(journey.redeem(client, code));
  expect([reads(), calls()]).toEqual([3, ["connections", "consent", "openGrant"]]);
});
