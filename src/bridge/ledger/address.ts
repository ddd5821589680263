// Where a user's ledger is. Anyone who writes into one, reads it or ends something in it comes through here.

import type { Subject } from "../gate/principal.ts";
import type { Ledger } from "./ledger.ts";
import { type Placed, placed } from "./place.ts";

export interface LedgerEnv extends Placed {
  readonly LEDGER: DurableObjectNamespace<Ledger>;
}

/** A ledger is addressed by the subject of a verified token and by nothing a caller can choose. */
export function ledgerOf(env: LedgerEnv, subject: Subject): DurableObjectStub<Ledger> {
  return placed(env.LEDGER, env).getByName(subject);
}
