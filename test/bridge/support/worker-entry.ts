// What tests in workerd run: the development entry of the fixture, and beside it the session object of the plain server, which
// test/bridge/attacks/plain.test.ts attacks alike.

export { PlainMcp } from "../bench/plain/agent.ts";
export { default, Ledger, McpSession } from "../fixture/development.ts";
