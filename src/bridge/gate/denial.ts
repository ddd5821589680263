// Every way in which a request can be refused once its token is valid. A closed union: a reason that is added here does
// not compile until decide, ledger and wire know what to do with it. Pure.

import type { Scope } from "./scopes.ts";

export type Denial =
  /** No rule, or none that this user may ever hold. The two read the same from outside. */
  | { readonly reason: "unknown-tool" }
  | {
      readonly reason: "missing-scope";
      readonly needed: Scope;
      readonly held: readonly Scope[];
      /** The client has just been asked for it and came back without: another challenge would go round in circles. */
      readonly again?: true;
    }
  | { readonly reason: "invalid-arguments"; readonly detail: string }
  /** They would write the mark of a redacted credential over what the user has. */
  | { readonly reason: "redacted-arguments" }
  /** A method that needs a rule, and none decides it. */
  | { readonly reason: "unknown-method" }
  /** A message that is no valid one of its protocol version, so that nobody can say what it asks. */
  | ({ readonly reason: "invalid-message" } & Undecidable)
  /** A user has to approve this very call first, at /approvals/ID. */
  | {
      readonly reason: "approval-required";
      readonly id: string;
      /** Milliseconds since 1970. */
      readonly expires: number;
      /** The client was handed text that others wrote a short while ago, which may be what asks for this call. */
      readonly tainted: boolean;
      /** When its session began, the client said that it shows links to its user (URL elicitation). */
      readonly showsLinks: boolean;
    }
  /** They were asked, and said no. `retryAfter` in seconds: until then they are not asked again. */
  | { readonly reason: "approval-refused"; readonly retryAfter: number }
  /** So many questions of this connection wait already that another one would only wear the user out. */
  | { readonly reason: "too-many-asks" }
  | { readonly reason: "grant-ended" }
  | { readonly reason: "session-ended" }
  /** A session id that this bridge did not make for this user and client. Reads like an ended one. */
  | { readonly reason: "session-refused" }
  /** `retryAfter` in seconds. */
  | { readonly reason: "over-budget"; readonly per: "minute" | "day"; readonly retryAfter: number }
  /** The same call over and over. */
  | { readonly reason: "loop"; readonly retryAfter: number }
  /** An operator set it. */
  | { readonly reason: "frozen" }
  | { readonly reason: "switched-off"; readonly what: "bridge" | "writes" | "tool" }
  /** The ledger, or the switches it has to know, cannot be reached: what cannot be written down does not run. */
  | { readonly reason: "ledger-unreachable" };

/** What a caller learns of it: an HTTP status, and a JSON-RPC error. */
export interface Undecidable {
  readonly status: 200 | 400;
  readonly code: number;
  readonly words: string;
  readonly data?: unknown;
}

export type DenialReason = Denial["reason"];
