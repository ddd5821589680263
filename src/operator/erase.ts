// Erasing a person, and ending what they granted: the ledger first, because from then on nothing of theirs is admitted, and
// then what is kept elsewhere. Doing it again after a failure halfway is fine.

import type { GrantId, Subject } from "../authz/principal.ts";
import type { Bindings } from "../env.ts";
import { ledgerOf } from "../mcp/ports.ts";
import { markErased } from "./people.ts";

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

export interface Erased {
  readonly notes: number;
  readonly grants: number;
}

export async function erasePerson(env: Bindings, store: GrantStore, subject: Subject, now: number): Promise<Erased> {
  await ledgerOf(env, subject).erase();
  const grants = await storedGrants(store, subject);
  for (const id of grants) await store.revokeGrant(id, subject);
  // Replace: one line for everything that your capabilities keep of a person.
  const notes = await env.DB.prepare("DELETE FROM note WHERE subject = ?1 RETURNING id").bind(subject).all();
  await markErased(env.DB, subject, now);
  return { notes: notes.results.length, grants: grants.length };
}

async function storedGrants(store: GrantStore, subject: Subject): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.listUserGrants(subject, cursor === undefined ? {} : { cursor });
    ids.push(...page.items.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}
