// The gate: the only way to a ticket. Decides, then has the ledger write the admission (or the denial) before anything
// runs. One awaited ledger call per request. Its effects come in through `GatePorts`.

import type { Ask } from "./approval.ts";
import { type Call, decide } from "./decide.ts";
import type { Denial, Undecidable } from "./denial.ts";
import type { Approvable, Denied, GateLedger, Standing } from "./ledger-port.ts";
import { needsNoRule } from "./methods.ts";
import type { Principal } from "./principal.ts";
import { type Budget, type Policy, ruleOf } from "./rule.ts";
import { type GateResult, holderOf, TICKET_MS } from "./ticket.ts";
import type { Where } from "./where.ts";

export interface Incoming {
  readonly principal: Principal;
  readonly request: string;
  readonly where: Where;
  readonly session: string | null;
}

export interface GatePorts<Host> {
  readonly policy: Policy<Host>;
  readonly ledger: GateLedger;
  readonly digest: (value: unknown) => Promise<string>;
  /** What a user would be asked about this call: a fresh id, and its arguments encrypted. */
  readonly ask: (call: Call) => Promise<Ask>;
  readonly now: () => number;
  /** Where the private detail of a ledger that does not answer goes. */
  readonly report: (error: unknown) => void;
  /** Multiplies every budget; 1 unless the operator chose otherwise. */
  readonly budgetFactor: number;
}

export type GateAnswer =
  | { readonly gated: GateResult; readonly denial?: undefined }
  | { readonly denial: Denial; readonly gated?: undefined };

const NO_TOOL = "(unknown)";
const SESSION = "(session)";
const MESSAGE = "(message)";

/** Passes a call: decide, write it down, ticket. */
export async function gateCall<Host>(call: Call, incoming: Incoming, ports: GatePorts<Host>): Promise<GateAnswer> {
  const { principal } = incoming;
  const decision = decide(ports.policy, principal, call);
  if (!decision.allow) {
    // A made-up name is the caller's text, and the audit log holds no text of callers.
    const tool = decision.rule === undefined ? NO_TOOL : call.tool;
    const record = { ...standingOf(incoming), tool, reason: decision.denial.reason };
    const denied = await reached(ports.ledger.deny(record), ports);
    if ("denial" in denied) return denied;
    const { denial } = decision;
    return { denial: denied.again && denial.reason === "missing-scope" ? { ...denial, again: true } : denial };
  }
  const { effect, budget, untrusted, approval: need } = decision.rule;
  const digest = await ports.digest(call.args);
  const approval: Approvable = need === "never" ? { need } : { need, ask: await ports.ask(call) };
  const scaled = scale(budget, ports.budgetFactor);
  const admission = { ...standingOf(incoming), tool: call.tool, effect, digest, budget: scaled, untrusted, approval };
  const admitted = await reached(ports.ledger.admit(admission), ports);
  if ("denial" in admitted) return admitted;
  const ticket = {
    ...admitted,
    holder: holderOf(principal),
    tool: call.tool,
    digest,
    expires: ports.now() + TICKET_MS,
  };
  return { gated: { principal, blocked: [], ticket } };
}

/** Passes a message that needs no rule: lists, pings, notifications. The grant and the session must still be alive. */
export async function gateMessage<Host>(
  method: string | undefined,
  incoming: Incoming,
  ports: GatePorts<Host>,
): Promise<GateAnswer> {
  if (!needsNoRule(method)) {
    const reason = "unknown-method";
    const denied = await reached(ports.ledger.deny({ ...standingOf(incoming), tool: MESSAGE, reason }), ports);
    return "denial" in denied ? denied : { denial: { reason } };
  }
  const standing = await reached(ports.ledger.standing(standingOf(incoming)), ports);
  if ("denial" in standing) return standing;
  return { gated: { principal: incoming.principal, blocked: standing.blocked, ticket: undefined } };
}

/** Refuses a session id that is not its bearer's, in the audit log of who presents it: the owner may be nobody. */
export async function denySession<Host>(incoming: Incoming, ports: GatePorts<Host>): Promise<Denial> {
  const reason = "session-refused";
  const denied = await reached(ports.ledger.deny({ ...standingOf(incoming), tool: SESSION, reason }), ports);
  return "denial" in denied ? denied.denial : { reason };
}

/** Denies a message that cannot be decided, in the log of who sends it. `tool`: what it names, if it names one. */
export async function denyMessage<Host>(
  tool: string | undefined,
  why: Undecidable,
  incoming: Incoming,
  ports: GatePorts<Host>,
): Promise<Denial> {
  const reason = "invalid-message";
  const rule = tool === undefined ? undefined : ruleOf(ports.policy, tool);
  const known = rule !== undefined && incoming.principal.entitled.includes(rule.scope);
  const named = known && tool !== undefined ? tool : tool === undefined ? MESSAGE : NO_TOOL;
  const denied = await reached(ports.ledger.deny({ ...standingOf(incoming), tool: named, reason }), ports);
  return "denial" in denied ? denied.denial : { reason, ...why };
}

/** No answer is not a yes: what cannot be written down does not run. */
async function reached<T, Host>(answer: Promise<T>, { report }: GatePorts<Host>): Promise<T | Denied> {
  try {
    return await answer;
  } catch (error) {
    report(error);
    return { denial: { reason: "ledger-unreachable" } };
  }
}

function scale({ perMinute, perDay, repeats }: Budget, factor: number): Budget {
  return { perMinute: perMinute * factor, perDay: perDay * factor, repeats: repeats * factor };
}

function standingOf({ principal, request, where, session }: Incoming): Standing {
  return { client: principal.client, grant: principal.grant, step: principal.step, request, where, session };
}
