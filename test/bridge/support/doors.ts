// The ways in: two bridges over the same storage, one with sessions and one without, and a message through any transport of them.

import { bridgeAt } from "./attack.ts";
import type { Journey } from "./journey.ts";
import { SCOPES, type Scope } from "./own-app.ts";
import { ORIGIN } from "./worker.ts";

export const TRANSPORTS = ["session", "stateless", "sessionless"] as const;
export type TransportName = (typeof TRANSPORTS)[number];
export type Message = { readonly method: string; readonly params: Record<string, unknown> };
export type Doors = { readonly on: Journey; readonly off: Journey };

/** For users who may hold `may`. */
export function doors(may: readonly Scope[] = SCOPES): Doors {
  return { on: bridgeAt(ORIGIN, {}, may), off: bridgeAt(ORIGIN, { SESSIONS: "off" }, may) };
}

/** A message through one transport. */
export function send(
  transport: TransportName,
  { on, off }: Doors,
  token: string,
  session: string,
  message: Message,
): Promise<Response> {
  if (transport === "session") return on.legacy(token, message, session);
  if (transport === "sessionless") return off.legacy(token, message);
  return on.modern(token, message.method, message.params);
}
