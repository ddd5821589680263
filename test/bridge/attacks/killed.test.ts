// The bridge is killed at each write of each operation that writes in two places, the ledger and the OAuth library's storage. What
// was answered holds; what was not answered is done, or undone, by the very same request sent again.

import { runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import type { GrantId, Subject } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { createAuthorizationServer } from "../../../src/bridge/oauth/authorization-server.ts";
import { revokeGrants } from "../../../src/bridge/oauth/grants.ts";
import { bridgeAt, codeFor, EVERYTHING } from "../support/attack.ts";
import { type Dying, dyingBridge } from "../support/dying.ts";
import type { Client, Journey, Tokens } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { app, loadSettings } from "../support/own-app.ts";
import { bindings, ledgerOf, ORIGIN } from "../support/worker.ts";

// Each attempt is a connection of its own, and there are many.
vi.setConfig({ testTimeout: 120_000 });

const bridge = bridgeAt(ORIGIN);
const connect = () => bridge.connect({ name: "ada", ...EVERYTHING });

interface Held {
  readonly client: Client;
  readonly tokens: Tokens;
}

/** What the outside can still do, and what the user sees. */
async function stateOf({ client, tokens }: Held) {
  const [, grant] = tokens.access_token.split(":");
  const { alive } = await ledgerOf(tokens.access_token).connections();
  return {
    listed: alive.some((connection) => connection.grant === grant),
    access: (await bridge.modern(tokens.access_token, "tools/list")).status,
    refresh: (await bridge.refresh(client, tokens.refresh_token)).status,
  };
}

/** Before anything is sent again: what the user sees listed works, and what is not listed does not. */
async function expectWhole(held: Held, where: string): Promise<void> {
  const [, grant] = held.tokens.access_token.split(":");
  const { alive } = await ledgerOf(held.tokens.access_token).connections();
  const listed = alive.some((connection) => connection.grant === grant);
  const { status } = await bridge.modern(held.tokens.access_token, "tools/list");
  expect([where, status]).toEqual([where, listed ? 200 : 401]);
}

const ENDED = { listed: false, access: 401, refresh: 400 };

/** Calls `attempt` with a bridge that dies at its first write, its second, and so on, until it lives to the end. */
async function atEveryWrite(attempt: (dying: Dying, where: string) => Promise<void>): Promise<number> {
  for (let nth = 1; nth < 50; nth++) {
    let died = false;
    for (const last of [false, true]) {
      const dying = dyingBridge(nth, last);
      await attempt(dying, `write ${nth}, ${last ? "made" : "not made"}`);
      died = dying.died();
      takeErrors();
    }
    if (!died) return nth - 1;
  }
  throw new Error("there is no end to its writes");
}

async function moveClock({ access_token }: Tokens, ms: number): Promise<void> {
  await runInDurableObject(ledgerOf(access_token), (ledger: Ledger) => {
    ledger.clock = () => Date.now() + ms;
  });
}

/** Its status; 0 when nothing was answered. */
const lets = (work: Promise<Response>) => work.then(({ status }) => status).catch(() => 0);

for (const kind of ["access_token", "refresh_token"] as const) {
  test(`killed in a revocation by ${kind}: 200 means ended, and the same request again ends it`, async () => {
    const writes = await atEveryWrite(async (dying, where) => {
      const held = await connect();
      const request = { token: held.tokens[kind], client_id: held.client.id };
      const first = await lets(dying.journey.token(request));
      await expectWhole(held, where);
      if (first !== 200) expect([where, await lets(bridge.token(request))]).toEqual([where, 200]);
      expect([where, await stateOf(held)]).toEqual([where, ENDED]);
    });
    expect(writes).toBeGreaterThan(2);
  });
}

test("killed in a disconnection by the user or an operator: what the ledger ended stays ended, and again ends the rest", async () => {
  const loaded = loadSettings(bindings);
  if ("problems" in loaded) throw new Error("not set up");
  const server = createAuthorizationServer({ app, settings: loaded.settings, entitlement: () => [] });
  for (const what of ["one", "all"]) {
    const writes = await atEveryWrite(async (dying, where) => {
      const held = await connect();
      const [subject, id] = held.tokens.access_token.split(":") as [Subject, GrantId];
      const grant = what === "all" ? "all" : id;
      const end = (env: typeof bindings) => revokeGrants(env, server.getOAuthApi(env), subject, grant);
      const ended = await end(dying.env).catch(() => undefined);
      await expectWhole(held, where);
      if (ended === undefined) await end(bindings);
      expect([where, await stateOf(held)]).toEqual([where, ENDED]);
    });
    expect(writes).toBeGreaterThan(2);
  }
});

test("killed when an old refresh token comes back: the same request again, if need be, ends the grant", async () => {
  await atEveryWrite(async (dying, where) => {
    const { client, tokens } = await connect();
    const second = (await (await bridge.refresh(client, tokens.refresh_token)).json()) as Tokens;
    const third = (await (await bridge.refresh(client, second.refresh_token)).json()) as Tokens;
    await lets(dying.journey.refresh(client, tokens.refresh_token));
    await expectWhole({ client, tokens: third }, where);
    expect([where, await lets(bridge.refresh(client, tokens.refresh_token))]).toEqual([where, 400]);
    expect([where, await stateOf({ client, tokens: third })]).toEqual([where, ENDED]);
  });
});

test("killed in a refresh: the same token again renews the connection", async () => {
  await atEveryWrite(async (dying, where) => {
    const { client, tokens } = await connect();
    await lets(dying.journey.refresh(client, tokens.refresh_token));
    // Past the time that one refresh may take.
    await moveClock(tokens, 11_000);
    const again = await bridge.refresh(client, tokens.refresh_token);
    await moveClock(tokens, 0);
    expect([where, again.status]).toEqual([where, 200]);
    const renewed = (await again.json()) as Tokens;
    expect([where, await stateOf({ client, tokens: renewed })]).toEqual([
      where,
      { listed: true, access: 200, refresh: 200 },
    ]);
  });
});

test("killed when a code is redeemed: the same code again gives a connection that works, or nothing is left of it", async () => {
  await atEveryWrite(async (dying, where) => {
    const client = await bridge.register();
    const code = await codeFor(client, "ada", bridge);
    await lets(dying.journey.redeem(client, code));
    await expectOneOrNone(client, code, where, bridge);
  });
});

test("killed when a code comes back: the same code again, if need be, ends what it gave", async () => {
  await atEveryWrite(async (dying, where) => {
    const client = await bridge.register();
    const code = await codeFor(client, "ada", bridge);
    const tokens = (await (await bridge.redeem(client, code)).json()) as Tokens;
    await lets(dying.journey.redeem(client, code));
    await expectWhole({ client, tokens }, where);
    expect([where, (await bridge.redeem(client, code)).status]).toEqual([where, 400]);
    expect([where, await stateOf({ client, tokens })]).toEqual([where, ENDED]);
  });
});

async function expectOneOrNone(client: Client, code: string, where: string, from: Journey): Promise<void> {
  const again = await from.redeem(client, code);
  if (again.status === 200) {
    const tokens = (await again.json()) as Tokens;
    expect([where, (await stateOf({ client, tokens })).access]).toEqual([where, 200]);
    return;
  }
  expect([where, again.status]).toEqual([where, 400]);
  const [, grant] = code.split(":");
  const { alive } = await ledgerOf(code).connections();
  expect([where, alive.some((connection) => connection.grant === grant)]).toEqual([where, false]);
  const [subject] = code.split(":");
  const { keys } = await bindings.OAUTH_KV.list({ prefix: `token:${subject}:${grant}:` });
  expect([where, keys]).toEqual([where, []]);
}
