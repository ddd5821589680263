// What an event of the audit log means, in words for the user whose audit log it is. One switch without a default: an event that is new
// does not compile until it has words. Pure.

import type { DenialReason } from "../gate/denial.ts";
import type { Event, GrantEnd, Notice, Outcome, SessionEnd } from "../gate/event.ts";
import type { ClientId, GrantId } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import type { Where } from "../gate/where.ts";
import type { Names } from "./names.ts";

export interface Sentence {
  /** The app that the event names. Absent when the user or the bridge did it. */
  readonly app?: { readonly client?: ClientId; readonly grant?: GrantId };
  /** Stands before the app's name. */
  readonly before?: string;
  /** Completes the app's name, or is a whole sentence when there is none. */
  readonly words: string;
  /** A word or two on how it went. */
  readonly mark?: Mark;
  readonly where?: Where;
}

export interface Mark {
  readonly words: string;
  readonly tone: "fine" | "plain" | "care";
}

export function sentenceOf(event: Event, outcome: Outcome | undefined, names: Names): Sentence {
  switch (event.kind) {
    case "admission":
      return {
        app: event,
        words: `used “${names.titleOf(event.tool)}”`,
        mark: OUTCOMES[outcome ?? "running"],
        where: event.where,
      };
    case "settlement":
      return { words: `A call ended: ${OUTCOMES[event.outcome].words}` };
    case "denial":
      return {
        app: event,
        words: `wanted to ${triedTo(event.tool, names)}`,
        mark: refusedMark(event),
        where: event.where,
      };
    case "grant-opened":
      return {
        app: event,
        words: `was connected. It may ${listOf(event.scopes, names)}`,
        ...(names.canDelete(event.scopes) && { mark: { words: "can delete things", tone: "care" } }),
      };
    case "grant-ended":
      return { app: event, words: `was disconnected: ${GRANT_ENDS[event.why]}` };
    case "session-opened":
      return { app: event, words: "opened a session" };
    case "session-ended":
      return { words: `A session of an app ended: ${SESSION_ENDS[event.why]}` };
    case "notice":
      // What the user allowed a moment ago is nothing to look at.
      return {
        app: event,
        words: NOTICES[event.what],
        ...(event.what !== "grant-can-write" && { mark: { words: "look at this", tone: "care" } }),
      };
    case "approval":
      return approvalSentence(event, names.titleOf(event.tool));
    case "erased":
      return { words: "Everything of yours was erased by an operator" };
    case "consent":
      return {
        before: "You signed in and allowed",
        app: { client: event.client },
        words: event.granted.length === 0 ? "nothing" : `to ${listOf(event.granted, names)}`,
      };
    case "token":
      return {
        app: { client: event.client, grant: event.grant },
        words: event.how === "issued" ? "started to use its access" : "renewed its access",
      };
    case "browser-session":
      return { words: BROWSER[event.step], where: event.where };
  }
}

/** What a user should know of a connection; completes the app's name. */
export const NOTICES: Readonly<Record<Notice, string>> = {
  "refresh-token-reuse": "used an old access that was replaced: somebody may have copied it",
  "new-country": "was used from a country that it was not used from before",
  "grant-can-write": "was allowed to change things",
};

type ApprovalEvent = Extract<Event, { kind: "approval" }>;

function approvalSentence({ step, client, grant }: ApprovalEvent, title: string): Sentence {
  const app = { client, grant };
  switch (step) {
    case "asked":
      return { app, words: `asked you to approve “${title}”` };
    case "approved":
      return { before: "You approved for", app, words: `“${title}”` };
    case "refused":
      return { before: "You refused", app, words: `“${title}”` };
    case "used":
      return { app, words: `used your approval of “${title}”` };
    case "expired":
      return { app, words: `asked for “${title}”, and it ran out: nobody decided in time, or it was not used` };
  }
}

const OUTCOMES: Readonly<Record<Outcome | "running", Mark>> = {
  ok: { words: "done", tone: "fine" },
  "tool-error": { words: "did not work", tone: "plain" },
  failed: { words: "failed", tone: "care" },
  timeout: { words: "took too long", tone: "care" },
  cancelled: { words: "cancelled by the app", tone: "plain" },
  "bad-output": { words: "result was blocked", tone: "care" },
  unknown: { words: "did not finish", tone: "care" },
  running: { words: "running", tone: "plain" },
};

function refusedMark({ reason, count }: { reason: DenialReason; count: number }): Mark {
  const times = count > 1 ? `, ${count} times` : "";
  return { words: `refused: ${DENIALS[reason]}${times}`, tone: "care" };
}

/** The audit log names no tool that there is not. */
function triedTo(tool: string, names: Names): string {
  if (tool === "(unknown)") return "use a tool that does not exist";
  return tool === "(message)" ? "talk to this service" : `use “${names.titleOf(tool)}”`;
}

const DENIALS: Readonly<Record<DenialReason, string>> = {
  "unknown-tool": "there is no such tool for you",
  "missing-scope": "you did not allow it",
  "invalid-arguments": "it asked in a wrong way",
  "redacted-arguments": "it would have overwritten a secret that was hidden from it",
  "unknown-method": "it asked for something that there is not",
  "invalid-message": "it sent a message that cannot be understood",
  "approval-required": "it needs your approval",
  "approval-refused": "you said no",
  "too-many-asks": "too many requests wait for you",
  "grant-ended": "it is disconnected",
  "session-ended": "its session is over",
  "session-refused": "it named a session that is not its own",
  "over-budget": "too many calls",
  loop: "the same call over and over",
  frozen: "an operator stopped everything of yours",
  "switched-off": "an operator switched it off",
  "ledger-unreachable": "it could not be written down",
};

const GRANT_ENDS: Readonly<Record<GrantEnd, string>> = {
  revoked: "you, the app or an operator ended it",
  reuse: "somebody may have copied its access",
  "code-replayed": "its code was used twice",
  replaced: "the same app connected again",
  unentitled: "your account may not use this service any more",
  erased: "everything of yours was erased",
};

const SESSION_ENDS: Readonly<Record<SessionEnd, string>> = {
  closed: "the app closed it",
  idle: "nothing happened in it",
  aged: "it was old",
  displaced: "there were too many",
  erased: "everything of yours was erased",
};

const BROWSER = {
  opened: "You signed in to these pages",
  ended: "You signed out of these pages",
  "all-ended": "You were signed out of these pages everywhere",
} as const;

function listOf(granted: readonly Scope[], names: Names): string {
  return granted.map((scope) => names.mayOf(scope)).join("; ");
}
