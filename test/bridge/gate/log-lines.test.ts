// Whatever a line of the log tells of, it is one line of plain letters; what a library says by itself is quoted too.

import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { logFailure, showDetails } from "../../../src/bridge/log.ts";

const ODD = "\u202e\u2066\u200b\u0000\u0085\u2028\u00ad\u{e0041}";

test("an error of any words, and a warning of any, is one line of JSON in plain letters", () => {
  const written: string[] = [];
  const keep = (line: string) => void written.push(line);
  const spies = [
    vi.spyOn(console, "error").mockImplementation(keep),
    vi.spyOn(console, "log").mockImplementation(keep),
  ];
  for (const details of [true, false]) {
    showDetails(details);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        logFailure("request-1", new Error(`${text}${ODD}`));
        console.warn(`CIMD fetch failed for ${text}${ODD}:`, new Error(text));
        for (const line of written.splice(0)) {
          expect(line).toMatch(/^[ -~]+$/);
          JSON.parse(line);
        }
      }),
    );
  }
  const forged = `https://evil.example/x${ODD}\n{"at":"head"}\n`;
  console.warn(`CIMD fetch failed for ${forged}:`, new Error(`client_id "${forged}" does not match`));
  console.warn("Failed to revoke grant g after tokenExchangeCallback answered invalid_grant:", new Error("x"));
  expect(written).toEqual([
    JSON.stringify({ at: "library", request: "", words: "CIMD fetch failed for https" }),
    JSON.stringify({ at: "library", request: "", words: "Failed to revoke grant g after token" }),
  ]);
  for (const spy of spies) spy.mockRestore();
});
