// What the audit log can say. These types have no field that could hold a token, a code, a cookie or an argument in clear:
// text comes from closed sets, from ids, or as a digest. Times are milliseconds since 1970. Pure.

import type { ApprovalState } from "./approval.ts";
import type { DenialReason } from "./denial.ts";
import type { ClientId, GrantId } from "./principal.ts";
import type { Effect } from "./rule.ts";
import type { Scope } from "./scopes.ts";
import type { Where } from "./where.ts";

declare const digestBrand: unique symbol;
/** A keyed digest: tells equal from different, and nothing else. */
export type Digest = string & { readonly [digestBrand]: true };

/** Who and which request; on every event that a request caused. */
export interface Cause {
  readonly request: string;
  readonly client: ClientId;
  readonly grant: GrantId;
  readonly where: Where;
}

export type Outcome = "ok" | "tool-error" | "failed" | "timeout" | "cancelled" | "bad-output" | "unknown";

export type Event =
  | ({
      readonly kind: "admission";
      readonly tool: string;
      readonly effect: Effect;
      readonly args: Digest;
      /** The approval that this call used up, where it needed one. */
      readonly approval?: string;
    } & Cause)
  | {
      readonly kind: "settlement";
      /** The sequence number of the admission. */
      readonly of: number;
      readonly outcome: Outcome;
      readonly ms: number;
      readonly size: number;
      readonly result: Digest | null;
    }
  /** `count` more of the same within a minute are one event, so that a flood cannot fill the audit log. */
  | ({ readonly kind: "denial"; readonly tool: string; readonly reason: DenialReason; readonly count: number } & Cause)
  | {
      readonly kind: "grant-opened";
      readonly client: ClientId;
      readonly grant: GrantId;
      readonly scopes: readonly Scope[];
    }
  | { readonly kind: "grant-ended"; readonly grant: GrantId; readonly why: GrantEnd }
  | { readonly kind: "session-opened"; readonly client: ClientId; readonly grant: GrantId; readonly session: Digest }
  | { readonly kind: "session-ended"; readonly session: Digest; readonly why: SessionEnd }
  | { readonly kind: "notice"; readonly what: Notice; readonly grant: GrantId }
  /** The id says nothing about what was asked: the arguments' digest is on the admission. */
  | {
      readonly kind: "approval";
      readonly approval: string;
      readonly step: ApprovalStep;
      readonly tool: string;
      readonly client: ClientId;
      readonly grant: GrantId;
    }
  /** The user is gone; digests before this can never be matched again. */
  | { readonly kind: "erased" }
  | Consent
  /** Signed in to the pages of this bridge, or signed out there: one browser, or all of them. */
  | {
      readonly kind: "browser-session";
      readonly request: string;
      readonly step: "opened" | "ended" | "all-ended";
      readonly where: Where;
    }
  | {
      readonly kind: "token";
      readonly client: ClientId;
      readonly grant: GrantId;
      readonly how: "issued" | "refreshed";
      readonly scopes: readonly Scope[];
    };

/** Before sign-in nobody is known, so that a consent is written down after it. */
export interface Consent {
  readonly kind: "consent";
  readonly request: string;
  readonly client: ClientId;
  /** How the user signed in. */
  readonly signIn: string;
  /** What was ticked before it was known who ticked. */
  readonly asked: readonly Scope[];
  /** None: the user cancelled when they saw what was left. */
  readonly granted: readonly Scope[];
}

/** What a user should learn of. */
export type Notice = "refresh-token-reuse" | "new-country" | "grant-can-write";
export type ApprovalStep = "asked" | Exclude<ApprovalState, "waiting">;
export type GrantEnd = "reuse" | "code-replayed" | "revoked" | "replaced" | "unentitled" | "erased";
export type SessionEnd = "closed" | "idle" | "aged" | "displaced" | "erased";

/** An event as it stands in the chain. */
export type Entry = { readonly seq: number; readonly at: number; readonly event: Event };
