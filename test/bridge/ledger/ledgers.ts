// Fresh ledgers with one grant and a clock that the test moves, and the things they are told.

import { runInDurableObject } from "cloudflare:test";
import { expect } from "vitest";
import type { Admission } from "../../../src/bridge/gate/ledger-port.ts";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import { GENESIS, linkHash } from "../../../src/bridge/ledger/chain.ts";
import type { Refresh } from "../../../src/bridge/ledger/families.ts";
import type { OpenGrant } from "../../../src/bridge/ledger/grants.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { bindings } from "../support/worker.ts";

export const CLIENT = "client-1" as ClientId;
export const GRANT = "grant-01" as GrantId;
export const HOUR = 3_600_000;

export async function openLedger() {
  const subject = `dbr1_${crypto.randomUUID()}`;
  const stub = bindings.LEDGER.getByName(subject);
  // Not close to midnight, where a day's budget begins anew.
  let now = Date.now() - (Date.now() % (24 * HOUR) > 23 * HOUR ? HOUR : 0);
  const setClock = () =>
    runInDurableObject(stub, (ledger: Ledger) => {
      ledger.clock = () => now;
    });
  await setClock();
  await stub.openGrant(opening({ expires: now + 48 * HOUR }));
  return {
    stub,
    subject,
    now: () => now,
    setClock,
    async advance(ms: number) {
      now += ms;
      await setClock();
    },
    alive: async () => (await stub.connections()).alive.map(({ grant }) => grant),
    kinds: async () => (await stub.events()).map(({ event }) => event.kind),
    async verify() {
      let previous = (await stub.reach()).anchor?.hash ?? GENESIS;
      for (const { hash, ...entry } of await stub.events()) {
        expect(linkHash(previous, entry)).toBe(hash);
        previous = hash;
      }
      expect((await stub.signedHead()).hash).toBe(previous);
    },
  };
}

export function opening(more: Partial<OpenGrant> = {}): OpenGrant {
  const expires = Date.now() + 48 * HOUR;
  return { grant: GRANT, client: CLIENT, scopes: ["notes:read"], canWrite: false, expires, ...more };
}

/** A token whose two names are the same. */
export function refreshOf(grant: GrantId, token: string): Refresh {
  return { grant, token, stored: token, asked: "a" };
}

export function admission(more: Partial<Admission> = {}): Admission {
  return {
    request: "r1",
    client: CLIENT,
    grant: GRANT,
    step: 0,
    where: { country: "DE", asn: 1, agent: "other" },
    session: null,
    tool: "search_notes",
    effect: "read",
    digest: "d",
    budget: { perMinute: 1000, perDay: 1000, repeats: 1000 },
    untrusted: false,
    approval: { need: "never" },
    ...more,
  };
}

export const outcome = { outcome: "ok", ms: 3, size: 10, digest: "d" } as const;
