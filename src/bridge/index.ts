// The door for apps: all that an app may use. It imports nothing of Workers and no page, so scripts and plain tests can import
// an app. The entries use the other door, worker.ts. docs/architecture.md says what lies behind both.

export { defineApp, type Entitlement } from "./app/app.ts";
export { type D1Reader, d1, defineBindings, service, setting } from "./app/bindings.ts";
export type { Caller, Capability } from "./app/capability.ts";
export { kitFor } from "./app/kit.ts";
export { defineScopes } from "./app/scopes.ts";
export type { Store } from "./app/store.ts";
export type { Plan } from "./gate/approval.ts";
export type { Provenance } from "./gate/provenance.ts";
export { defineTool, quote, ToolError } from "./gate/tool.ts";
export { readBody } from "./web/body.ts";
export { createWebReader, type WebReader } from "./web/web.ts";
export { webHosts } from "./web/web-address.ts";
