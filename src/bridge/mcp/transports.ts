// The transports: who speaks which version of the protocol. One is handed a request that the gate has passed, and decides nothing.
// An entry names those it has; what is not named is not bundled.

import type { App } from "../app/app.ts";
import type { Undecidable } from "../gate/denial.ts";
import type { Incoming } from "../gate/gate.ts";
import type { Principal } from "../gate/principal.ts";
import type { GateResult } from "../gate/ticket.ts";
import type { RequestContext } from "../request/context.ts";
import type { Fragment } from "../setting.ts";
import type { LoadSettings, Settings } from "../settings.ts";
import type { Message } from "./message.ts";

/** What a transport answers: a request, and what the gate gave for it. */
export interface TransportRequest {
  readonly request: Request;
  /** Undefined for DELETE. */
  readonly message: Message | undefined;
  readonly incoming: Incoming;
  readonly gated: GateResult;
  readonly context: RequestContext;
}

export interface TransportHandler {
  /** The protocol versions it speaks. */
  readonly versions: readonly string[];
  /** What this transport would refuse by itself: asked before the gate, so that nothing is admitted that cannot run. */
  readonly check?: (request: Request, message: Message | undefined) => Response | undefined;
  readonly serve: (exchange: TransportRequest) => Promise<Response>;
}

/** 2026-07-28. */
export interface StatelessHandler extends TransportHandler {
  /** Of which protocol version a message is, or why nobody can say what it asks. */
  readonly route: (request: Request, message: Message) => "legacy" | "modern" | Undecidable;
}

/** 2025 clients, with sessions. */
export interface SessionHandler extends TransportHandler {
  /** The inner id behind a session id from outside; undefined when it is not this principal's. */
  readonly open: (settings: Settings, outer: string, principal: Principal) => Promise<string | undefined>;
}

/** What an unsupported version is told, and may choose from. */
export function spokenVersions(handlers: TransportHandlers): readonly string[] {
  const all = [handlers.stateless, handlers.sessions, handlers.sessionless].flatMap(
    (handler) => handler?.versions ?? [],
  );
  return [...new Set(all)];
}

export interface TransportHandlers {
  readonly stateless?: StatelessHandler;
  readonly sessions?: SessionHandler;
  /** 2025 clients, without sessions: when the SESSIONS setting is off or that transport is left out. */
  readonly sessionless?: TransportHandler;
}

/** A word of an entry: what it serves, and the object classes that the entry has to export. */
export interface Transport<Classes extends object = object> {
  readonly name: string;
  /** Of its own: a bridge without this transport does not know them. */
  readonly settings?: Fragment;
  readonly make: (
    app: App,
    load: LoadSettings,
  ) => {
    readonly handlers: (settings: Settings) => TransportHandlers;
    readonly classes: Classes;
  };
}
