// What tests in workerd run: the development entry, and beside it the session object of the plain server, which
// test/bridge/attacks/plain.test.ts attacks alike.

export { default, Ledger, McpSession } from "../../../src/development.ts";
export { PlainMcp } from "../bench/plain/agent.ts";
