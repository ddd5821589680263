// Erasing a person: the ledger first, because from then on nothing of theirs is admitted, and then what is kept elsewhere. Doing
// it again after a failure halfway is fine.

import type { Subject } from "../authz/principal.ts";
import type { Bindings } from "../env.ts";
import { ledgerOf } from "../mcp/ports.ts";
import { type GrantStore, storedGrants } from "../oauth/grants.ts";
import { markErased } from "./people.ts";

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
