// Ending what a user granted: the ledger first, because from then on nothing of it is admitted, and then the OAuth library, which
// forgets the tokens. Doing it again after a failure halfway is fine.

import type { GrantId, Subject } from "../gate/principal.ts";
import { ledgerOf } from "../ledger/address.ts";
import type { Bindings } from "../request/bindings.ts";

/** What this needs of the OAuth library. */
export interface GrantStore {
  listUserGrants(
    subject: string,
    options: { readonly cursor?: string },
  ): Promise<{ readonly items: readonly { readonly id: string }[]; readonly cursor?: string }>;
  revokeGrant(grant: string, subject: string): Promise<void>;
}

/** Ends one grant, or all. Returns how many were alive. */
export async function revokeGrants(
  env: Bindings,
  store: GrantStore,
  subject: Subject,
  grant: GrantId | "all",
): Promise<number> {
  const ended = await ledgerOf(env, subject).revoke(grant);
  for (const id of grant === "all" ? await storedGrants(store, subject) : [grant]) await store.revokeGrant(id, subject);
  return ended;
}

export async function storedGrants(store: GrantStore, subject: Subject): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listUserGrants(subject, cursor === undefined ? {} : { cursor });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}
