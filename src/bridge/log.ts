// The one place that writes log lines: JSON, fields from an allow-list, never a token, header, body or argument.

import type { RefusalReason } from "./gate/refusal.ts";

export interface RequestLine {
  readonly request: string;
  readonly method: string;
  /** A route of ours, never the path as sent. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly refusal?: RefusalReason | undefined;
}

export function logRequest(line: RequestLine): void {
  console.log(JSON.stringify({ at: "request", ...line }));
}

/** What the OAuth library refused. `code` and `reason` are from its closed sets; descriptions can quote input and stay out. */
export function logOAuth(code: string, status: number, reason: string): void {
  console.log(JSON.stringify({ at: "oauth", code, status, reason }));
}

/** Why a provider's people could not sign in. `code` is from the closed sets of sign-in/refusal.ts. */
export function logSignIn(request: string, provider: string, refused: string, code: string): void {
  console.log(JSON.stringify({ at: "sign-in", request, provider, refused, code }));
}

/** A signed head of a person's chain; keep these lines somewhere else, and the trail can be held against them. */
export function logHead(head: object): void {
  console.log(JSON.stringify({ at: "head", head }));
}

export function logSweep(line: { readonly grants: number; readonly tokens: number; readonly done: boolean }): void {
  console.log(JSON.stringify({ at: "sweep", ...line }));
}

/** A webhook that could not be delivered; the event is in the trail all the same. */
export function logNoticeLost(subject: string): void {
  console.log(JSON.stringify({ at: "notice-lost", subject }));
}

/** What a ledger could not do when its alarm rang; it tries again. */
export function logChoreFailed(subject: string, chore: string, error: unknown): void {
  const type = error instanceof Error ? error.name : typeof error;
  console.error(JSON.stringify({ at: "chore-failed", subject, chore, type }));
}

/** The private side of an error whose public side is only the request's id. Messages can quote input, so they stay out. */
export function logFailure(request: string, error: unknown): void {
  const type = error instanceof Error ? error.name : typeof error;
  const where = error instanceof Error ? framesOf(error) : [];
  console.error(JSON.stringify({ at: "failure", request, type, where }));
}

/** A stack begins with the message, which may have lines of its own: only what has the shape of a frame is kept. */
function framesOf({ message, stack = "" }: Error): readonly string[] {
  return stack
    .replace(message, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at "))
    .slice(0, 5);
}
