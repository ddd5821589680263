// The methods of the protocol that need no rule. Whatever is not here, and is no operation that a rule decides, is unknown: it is
// denied at the gate, with an event, and no transport sees it. A server that answers what nobody decided leaks. Pure.

/** Handshakes, and lists of what the rules let this principal see; MCP 2025-11-25 and 2026-07-28. */
const METHODS: ReadonlySet<string> = new Set([
  "initialize",
  "ping",
  "server/discover",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "prompts/list",
]);

/** `undefined`: a client's answer, or a request without a message. What notifies asks for nothing. */
export function needsNoRule(method: string | undefined): boolean {
  return method === undefined || METHODS.has(method) || method.startsWith("notifications/");
}
