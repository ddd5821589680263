// What is approved and digested is canonical JSON, so two calls that differ must not be spelled alike.

import { expect, test } from "vitest";
import { canonical } from "../../../src/bridge/gate/canonical.ts";
import { parseMessage } from "../../../src/bridge/mcp/message.ts";

const call = (number: string) =>
  parseMessage(
    `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"deep":[{"n":${number}}]}}}`,
  );

test("a number too large for JSON's own readers is refused, and is not taken for null", () => {
  for (const fine of ["1", "-0.5", "1e308", "-1.7976931348623157e308", "null"])
    expect(call(fine)).toHaveProperty("message");
  expect(canonical(JSON.parse("1e999"))).toBe(canonical(null));
  for (const huge of ["1e999", "-1e999", "9".repeat(400)]) {
    expect([huge.slice(0, 6), call(huge)]).toMatchObject([huge.slice(0, 6), { malformed: -32600 }]);
  }
});
