// The one place that writes log lines: JSON, fields from an allow-list, never a token, header, body or argument. Every answer has
// one line with its request id; a denial or a 503 has its cause on that line, and what was thrown has a line of its own.

import { AsyncLocalStorage } from "node:async_hooks";
import { ZodError } from "zod";
import type { DenialReason } from "./gate/denial.ts";
import { fragment, ON_OFF } from "./setting.ts";
import type { Problem } from "./settings.ts";
import { redact } from "./text/redact.ts";
import { plainJson } from "./text/visible.ts";

export interface RequestLine {
  readonly request: string;
  readonly method: string;
  /** A route of ours, never the path as sent. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
}

/** Why a request got no better answer; from closed sets only. */
export type Cause =
  | DenialReason
  | "not-set-up"
  | "failed"
  | "invalid-token"
  | "not-entitled"
  | "stale-store"
  | "client-unreachable"
  | "sign-in-unavailable"
  | "sign-in-refused"
  | "still-running";

const requests = new AsyncLocalStorage<{ readonly id: string; cause?: Cause }>();
const MAX_MESSAGE_CHARS = 400;
let details = false;

/**
 * What a library says by itself: it quotes what clients wrote, line ends and all. Its first words are enough to know which
 * trouble it is; the rest only on a laptop.
 */
console.warn = (...said: readonly unknown[]) => {
  const text = said.map((one) => (one instanceof Error ? one.message : String(one))).join(" ");
  const words = details ? redact(text).slice(0, MAX_MESSAGE_CHARS) : /^[A-Za-z ]{0,36}/.exec(text)?.[0].trim();
  console.log(plainJson({ at: "library", request: currentRequest(), words }));
};

/** Everything that `work` logs is logged under this request. */
export function withRequest<T>(id: string, work: () => T): T {
  return requests.run({ id }, work);
}

/** The request that is being answered, or "". */
export function currentRequest(): string {
  return requests.getStore()?.id ?? "";
}

/** Goes into the line of the request that is being answered. The first one that says more than "failed" is the cause. */
export function noteCause(cause: Cause): void {
  const request = requests.getStore();
  if (request === undefined) return;
  if (request.cause === undefined || request.cause === "failed") request.cause = cause;
}

export const DETAILS = fragment({
  ERROR_DETAILS: {
    schema: ON_OFF.default("off"),
    where: "`npm start`",
    is: "`on`: messages of errors are logged; on a loopback origin only",
    fix: "leave it to npm start",
  },
});

/** Whether messages of errors are logged: on a laptop only, because they can quote input. */
export function showDetails(show: boolean): void {
  details = show;
}

export function logRequest(line: RequestLine): void {
  console.log(plainJson({ at: "request", ...line, cause: requests.getStore()?.cause }));
}

/** A bridge that is not set up. Only here and at a deploy a wrong entry of a list is quoted, never a secret. */
export function logNotSetUp(request: string, problems: readonly Problem[]): void {
  const missing = problems.map(({ setting, problem, value }) => [setting, problem, value].filter(Boolean).join(" "));
  console.error(plainJson({ at: "not-set-up", request, problems: missing }));
}

/** A run that ended without an exception that could be logged. */
export function logOutcome(request: string, tool: string, outcome: "timeout" | "no-ticket"): void {
  console.log(plainJson({ at: "outcome", request, tool, outcome }));
}

/** What the OAuth library refused. `code` and `reason` are from its closed sets; descriptions can quote input and stay out. */
export function logOAuth(code: string, status: number, reason: string): void {
  console.log(plainJson({ at: "oauth", request: currentRequest(), code, status, reason }));
}

/** Why a provider's users could not sign in. `code` is from the closed sets of sign-in/denial.ts. */
export function logSignIn(request: string, provider: string, refused: string, code: string): void {
  noteCause(refused === "unavailable" ? "sign-in-unavailable" : "sign-in-refused");
  console.log(plainJson({ at: "sign-in", request, provider, refused, code }));
}

/** A signed head of a user's chain; keep these lines somewhere else, and the audit log can be held against them. */
export function logHead(head: object): void {
  console.log(plainJson({ at: "head", head }));
}

export function logSweep(line: { readonly grants: number; readonly tokens: number; readonly done: boolean }): void {
  console.log(plainJson({ at: "sweep", ...line }));
}

/** A webhook that was never delivered, because too many waited; its event is in the audit log all the same. */
export function logNoticeLost(subject: string): void {
  console.log(plainJson({ at: "notice-lost", subject }));
}

/** What a ledger could not do when its alarm rang; it tries again. */
export function logChoreFailed(subject: string, chore: string, error: unknown): void {
  const { type, ...more } = describe(error);
  console.error(plainJson({ at: "chore-failed", subject, chore, type, ...(details ? more : {}) }));
}

/** The private side of an error whose public side is only the request's id. */
export function logFailure(request: string, error: unknown): void {
  noteCause("failed");
  console.error(plainJson({ at: "failure", request, ...describe(error) }));
}

/** Messages can quote input, so they stay out unless this is a laptop; even there without what looks like a credential. */
function describe(error: unknown) {
  if (!(error instanceof Error)) return { type: typeof error, where: [] };
  const where = framesOf(error);
  if (!details) return { type: error.name, where };
  const said =
    error instanceof ZodError
      ? error.issues.map(({ path, message }) => `${path.map(String).join(".") || "(all)"}: ${message}`).join("; ")
      : error.message;
  return { type: error.name, message: redact(said).slice(0, MAX_MESSAGE_CHARS), where };
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
