// The run: the second lock. Without a ticket that fits this very call nothing starts. A tool runs under a deadline, its
// output is cut to its schema and made fit to leave (src/bridge/text), and whatever happened is settled in the ledger. No exception
// leaves this file.

import { type Leaving, outputLeaving, wordsLeaving } from "../text/leaving.ts";
import { needsApproval } from "./approval.ts";
import type { Call } from "./decide.ts";
import type { RunLedger } from "./ledger-port.ts";
import type { Provenance } from "./provenance.ts";
import { type Policy, type Rule, ruleOf } from "./rule.ts";
import type { GateResult, Ticket, TicketBook } from "./ticket.ts";
import { ToolError } from "./tool.ts";

export const DEADLINE_MS = 10_000;
const MAX_RESULT_CHARS = 64 * 1024;
/** Marks make a result longer. */
const MAX_SENT_CHARS = 2 * MAX_RESULT_CHARS;

export type RunResult = Ran | { readonly outcome: "no-ticket" };
type Ran =
  | ({ readonly outcome: "ok"; readonly ticket: Ticket } & Leaving)
  /** `words` are the tool's own, meant for the caller. */
  | { readonly outcome: "tool-error"; readonly words: string; readonly ticket: Ticket }
  | { readonly outcome: "failed" | "timeout" | "cancelled" | "bad-output"; readonly ticket: Ticket };

export interface RunPorts<Host> {
  readonly policy: Policy<Host>;
  readonly ledger: RunLedger;
  readonly digest: (value: unknown) => Promise<string>;
  readonly now: () => number;
  /** What a rule makes capabilities of. */
  readonly host: Host;
  readonly book: TicketBook;
  /** Keeps the outcome going after the answer has left. */
  readonly later: (work: Promise<unknown>) => void;
  /** Where the private detail of a failure goes. */
  readonly report: (error: unknown) => void;
  /** The client wants no answer any more. */
  readonly cancelled?: AbortSignal;
  /** A random text for each answer, which nobody can have foreseen. */
  readonly boundary: () => string;
}

export async function run<Host>(call: Call, gated: GateResult, ports: RunPorts<Host>): Promise<RunResult> {
  const digest = await ports.digest(call.args);
  const rule = ruleOf(ports.policy, call.tool);
  const { ticket } = gated;
  if (rule === undefined || ticket === undefined) return { outcome: "no-ticket" };
  if (!ports.book.redeem(gated, call, digest, ports.now())) return { outcome: "no-ticket" };
  if (needsApproval(rule.approval, ticket.tainted) && ticket.approval === null) return { outcome: "no-ticket" };
  const marks: string[] = [];
  const { tainted, approved } = ticket;
  const from: Provenance = { approved, tainted, mark: (source) => void marks.push(source) };
  const sources = () => (rule.untrusted && marks.length === 0 ? [call.tool] : marks);
  const started = ports.now();
  const stop = new AbortController();
  const work = (async () => {
    try {
      return await rule.run(ports.host, gated.principal, call.args, from, stop.signal);
    } finally {
      // Before the text leaves: a client must not be able to act on it first. An untrusted rule did so at its admission.
      if (marks.length > 0 && !rule.untrusted) await ports.ledger.taint(gated.principal.client);
    }
  })();
  const ran = await untilStopped(work, stop, ports.cancelled)
    .then((raw) => checked(raw, rule, sources(), ticket, ports))
    .catch((error: unknown) => failure(error, sources(), ticket, ports));
  const settled = () => recordOutcomes(ran, ports.now() - started, ports);
  // What was told to stop may run on: its admission stays open until it has ended.
  ports.later(stop.signal.aborted ? work.then(settled, settled) : settled());
  return ran;
}

class StoppedError extends Error {
  readonly outcome: "timeout" | "cancelled";

  constructor(outcome: "timeout" | "cancelled") {
    super(outcome);
    this.outcome = outcome;
  }
}

/** The tool is told to stop when its time is over, or its client wants no answer; and anyone who waits for it waits no longer. */
async function untilStopped(work: Promise<unknown>, stop: AbortController, cancelled?: AbortSignal): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (outcome: "timeout" | "cancelled") => {
    stop.abort();
    reject(new StoppedError(outcome));
  };
  const timer = setTimeout(() => end("timeout"), DEADLINE_MS);
  const cancel = () => end("cancelled");
  cancelled?.addEventListener("abort", cancel, { once: true });
  if (cancelled?.aborted) cancel();
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
    cancelled?.removeEventListener("abort", cancel);
  }
}

function checked<Host>(
  raw: unknown,
  rule: Rule<Host>,
  sources: readonly string[],
  ticket: Ticket,
  ports: RunPorts<Host>,
): Ran {
  const parsed = rule.output.safeParse(raw);
  const json = JSON.stringify(parsed.data) ?? "";
  if (parsed.success && json.startsWith("{") && json.length <= MAX_RESULT_CHARS) {
    const leaving = outputLeaving(JSON.parse(json), sources, ports.boundary());
    if (leaving.text.length <= MAX_SENT_CHARS) return { outcome: "ok", ...leaving, ticket };
  }
  ports.report(parsed.error ?? new Error(`a result of ${json.length} characters`));
  return { outcome: "bad-output", ticket };
}

function failure<Host>(error: unknown, sources: readonly string[], ticket: Ticket, ports: RunPorts<Host>): Ran {
  if (error instanceof ToolError) {
    return { outcome: "tool-error", words: wordsLeaving(error.message, sources), ticket };
  }
  if (error instanceof StoppedError) return { outcome: error.outcome, ticket };
  ports.report(error);
  return { outcome: "failed", ticket };
}

/** An outcome that cannot be delivered is not lost: the ledger's alarm settles the admission as `unknown`. */
async function recordOutcomes<Host>(ran: Ran, ms: number, ports: RunPorts<Host>): Promise<void> {
  const text = ran.outcome === "ok" ? ran.text : undefined;
  try {
    const digest = text === undefined ? null : await ports.digest(text);
    const { outcome, ticket } = ran;
    await ports.ledger.recordOutcomes([
      { of: ticket.seq, outcome, ms: Math.round(ms), size: text?.length ?? 0, digest },
    ]);
  } catch (error) {
    ports.report(error);
  }
}
