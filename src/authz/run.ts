// The run: the second lock. Without a ticket that fits this very call nothing starts. A tool runs under a deadline, its
// output is cut to its schema, and whatever happened is settled in the ledger. No exception leaves this file.

import { needsApproval } from "./approval.ts";
import type { Call } from "./decide.ts";
import type { GatePorts } from "./gate.ts";
import type { Provenance } from "./provenance.ts";
import { type Rule, ruleOf } from "./rule.ts";
import type { Pass, Ticket, TicketBook } from "./ticket.ts";
import { ToolError } from "./tool.ts";

const DEADLINE_MS = 10_000;
const MAX_RESULT_CHARS = 64 * 1024;

export type RunResult = Ran | { readonly outcome: "no-ticket" };
type Ran =
  | {
      readonly outcome: "ok";
      readonly output: Readonly<Record<string, unknown>>;
      readonly text: string;
      readonly ticket: Ticket;
    }
  /** `words` are the tool's own, meant for the caller. */
  | { readonly outcome: "tool-error"; readonly words: string; readonly ticket: Ticket }
  | { readonly outcome: "failed" | "timeout" | "bad-output"; readonly ticket: Ticket };

export interface RunPorts<Host> extends Omit<GatePorts<Host>, "budgetFactor" | "ask"> {
  readonly host: Host;
  readonly book: TicketBook;
  /** Keeps the settlement going after the answer has left. */
  readonly later: (work: Promise<unknown>) => void;
  /** Where the private detail of a failure goes. */
  readonly report: (error: unknown) => void;
}

export async function run<Host>(call: Call, pass: Pass, ports: RunPorts<Host>): Promise<RunResult> {
  const digest = await ports.digest(call.args);
  const rule = ruleOf(ports.policy, call.tool);
  const { ticket } = pass;
  if (rule === undefined || ticket === undefined || !ports.book.redeem(pass, call, digest, ports.now())) {
    return { outcome: "no-ticket" };
  }
  if (needsApproval(rule.approval, ticket.tainted) && ticket.approval === null) return { outcome: "no-ticket" };
  const sources: string[] = [];
  const from: Provenance = { tainted: ticket.tainted, mark: (source) => sources.push(source) };
  const started = ports.now();
  const ran = await underDeadline(async (signal) => {
    const raw = await rule.run(ports.host, pass.principal, call.args, from, signal);
    // Before the text leaves: a client must not be able to act on it first.
    if (sources.length > 0) await ports.ledger.taint(pass.principal.client);
    return raw;
  }).then(
    (raw) => checked(raw, rule, ticket, ports),
    (error: unknown) => failure(error, ticket, ports),
  );
  ports.later(settle(ran, ports.now() - started, ports));
  return ran;
}

class DeadlineError extends Error {}

async function underDeadline<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    controller.abort();
    reject(new DeadlineError());
  }, DEADLINE_MS);
  try {
    return await Promise.race([work(controller.signal), promise]);
  } finally {
    clearTimeout(timer);
  }
}

function checked<Host>(raw: unknown, rule: Rule<Host>, ticket: Ticket, ports: RunPorts<Host>): Ran {
  const parsed = rule.output.safeParse(raw);
  const { data } = parsed;
  const text = JSON.stringify(data) ?? "";
  if (parsed.success && typeof data === "object" && data !== null && text.length <= MAX_RESULT_CHARS) {
    return { outcome: "ok", output: { ...data }, text, ticket };
  }
  ports.report(parsed.error ?? new Error(`a result of ${text.length} characters`));
  return { outcome: "bad-output", ticket };
}

function failure<Host>(error: unknown, ticket: Ticket, ports: RunPorts<Host>): Ran {
  if (error instanceof ToolError) return { outcome: "tool-error", words: error.message, ticket };
  if (error instanceof DeadlineError) return { outcome: "timeout", ticket };
  ports.report(error);
  return { outcome: "failed", ticket };
}

/** A settlement that cannot be delivered is not lost: the ledger's alarm settles the admission as `unknown`. */
async function settle<Host>(ran: Ran, ms: number, ports: RunPorts<Host>): Promise<void> {
  const text = ran.outcome === "ok" ? ran.text : undefined;
  try {
    await ports.ledger.settle({
      of: ran.ticket.seq,
      outcome: ran.outcome,
      ms: Math.round(ms),
      size: text?.length ?? 0,
      digest: text === undefined ? null : await ports.digest(text),
    });
  } catch (error) {
    ports.report(error);
  }
}
