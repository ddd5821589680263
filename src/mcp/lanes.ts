// The lanes: who speaks which era of the protocol. A lane is handed a request that the gate has passed and decides nothing.
// To remove one, delete src/lanes/mcp-agent or src/lanes/stateless.ts, every line of src that is marked with its name, and its block
// of wrangler.toml. `npm run removable` does so in a copy and shows that the rest works.

import type { Incoming } from "../authz/gate.ts";
import type { Principal } from "../authz/principal.ts";
import type { Undecidable } from "../authz/refusal.ts";
import type { Pass } from "../authz/ticket.ts";
import type { Bindings, Settings } from "../env.ts";
import { sessions } from "../lanes/mcp-agent/mcp-agent.ts"; // lane: McpAgent
import { sessionless, stateless } from "../lanes/stateless.ts"; // lane: stateless
import type { Message } from "./message.ts";

/** What a lane answers: a request, and what the gate gave for it. */
export interface LaneRequest {
  readonly request: Request;
  /** Undefined for DELETE. */
  readonly message: Message | undefined;
  readonly incoming: Incoming;
  readonly pass: Pass;
  readonly env: Bindings;
  readonly settings: Settings;
  readonly ctx: ExecutionContext;
}

export interface Lane {
  /** The protocol versions it speaks. */
  readonly versions: readonly string[];
  /** What this lane would refuse by itself: asked before the gate, so that nothing is admitted that cannot run. */
  readonly check?: (request: Request, message: Message | undefined) => Response | undefined;
  readonly serve: (exchange: LaneRequest) => Promise<Response>;
}

/** 2026-07-28. */
export interface StatelessLane extends Lane {
  /** Of which era a message is, or why nobody can say what it asks. */
  readonly route: (request: Request, message: Message) => "legacy" | "modern" | Undecidable;
}

/** 2025-era clients, with sessions. */
export interface SessionLane extends Lane {
  /** The inner id behind a session id from outside; undefined when it is not this principal's. */
  readonly open: (settings: Settings, outer: string, principal: Principal) => Promise<string | undefined>;
}

/** What an unsupported version is told, and may choose from. */
export function spokenVersions(): readonly string[] {
  const all = [lanes.stateless, lanes.sessions, lanes.sessionless].flatMap((lane) => lane?.versions ?? []);
  return [...new Set(all)];
}

export interface Lanes {
  readonly stateless?: StatelessLane;
  readonly sessions?: SessionLane;
  /** 2025-era clients, without sessions: when the SESSIONS setting is off or that lane is gone. */
  readonly sessionless?: Lane;
}

export const lanes: Lanes = {
  sessions, // lane: McpAgent
  stateless, // lane: stateless
  sessionless, // lane: stateless
};
