// The lanes: who speaks which era of the protocol. A lane is handed a request that the gate has passed and decides nothing.
// To remove one, delete src/bridge/transports/session or src/bridge/transports/stateless.ts, every line of src that is marked with its name, and its block
// of wrangler.toml. `npm run removable` does so in a copy and shows that the rest works.

import type { Incoming } from "../gate/gate.ts";
import type { Principal } from "../gate/principal.ts";
import type { Pass } from "../gate/ticket.ts";
import type { Bindings, Settings } from "../settings.ts";
import { sessions } from "../transports/session/mcp-agent.ts"; // lane: McpAgent
import { sessionless, stateless } from "../transports/stateless.ts"; // lane: stateless
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
  /** What this lane would refuse by itself: asked before the gate, so that nothing is admitted that cannot run. */
  readonly check?: (request: Request, message: Message | undefined) => Response | undefined;
  readonly serve: (exchange: LaneRequest) => Promise<Response>;
}

/** 2026-07-28. */
export interface StatelessLane extends Lane {
  /** Of which era a message is; "odd" is 2026-07-28 with an error that the lane answers, and runs nothing. */
  readonly route: (request: Request, message: Message) => "legacy" | "modern" | "odd";
}

/** 2025-era clients, with sessions. */
export interface SessionLane extends Lane {
  /** The inner id behind a session id from outside; undefined when it is not this principal's. */
  readonly open: (settings: Settings, outer: string, principal: Principal) => Promise<string | undefined>;
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
