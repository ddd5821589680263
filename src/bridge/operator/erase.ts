// Erasing a user: the ledger first, because from then on nothing of theirs is admitted, and then what is kept elsewhere. An
// erasure that stopped halfway leaves them frozen; run again, it goes on.

import type { App } from "../app/app.ts";
import { appHost } from "../app/store.ts";
import type { Subject } from "../gate/principal.ts";
import { ledgerOf } from "../ledger/address.ts";
import { markErased } from "../ledger/users.ts";
import { type GrantStore, storedGrants } from "../oauth/grants.ts";
import type { Bindings } from "../request/bindings.ts";

export interface Erased {
  /** How many things each store of the app kept. */
  readonly kept: Readonly<Record<string, number>>;
  readonly grants: number;
}

const PAUSE_MS = 250;
/** Longer than the ledger waits for the outcome of a run. */
const PATIENCE_MS = 45_000;

/** Undefined: a call of theirs is still running, and nothing was deleted. They stay frozen until it is done again. */
export async function eraseUser(
  { data }: App,
  env: Bindings,
  store: GrantStore,
  subject: Subject,
  now: () => number,
): Promise<Erased | undefined> {
  const patience = now() + PATIENCE_MS;
  // What was admitted before could write after we deleted.
  while (await ledgerOf(env, subject).startErasing()) {
    if (now() > patience) return undefined;
    await scheduler.wait(PAUSE_MS);
  }
  const grants = await storedGrants(store, subject);
  for (const id of grants) await store.revokeGrant(id, subject);
  const kept: Record<string, number> = {};
  for (const { name, count, erase } of data) {
    kept[name] = await count(appHost(env), subject);
    await erase(appHost(env), subject);
  }
  await markErased(env.CONTROL, subject, now());
  await ledgerOf(env, subject).erase();
  return { kept, grants: grants.length };
}
