// Every way in which a request can be refused once its token is valid. A closed union: a reason that is added here does
// not compile until decide, ledger and wire know what to do with it. Pure.

import type { Scope } from "./scopes.ts";

export type Refusal =
  /** No row, or none that this person may ever hold. The two read the same from outside. */
  | { readonly reason: "unknown-tool" }
  | { readonly reason: "missing-scope"; readonly needed: Scope; readonly held: readonly Scope[] }
  | { readonly reason: "invalid-arguments"; readonly detail: string }
  /** Destroy-effect rows run only with a person's approval; nothing here can ask for one yet, so they never run. */
  | { readonly reason: "approval-required" }
  | { readonly reason: "grant-ended" }
  | { readonly reason: "session-ended" }
  | { readonly reason: "ledger-unreachable" };

export type RefusalReason = Refusal["reason"];
