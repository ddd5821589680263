import { expect, test } from "vitest";
import { FRESH_MS } from "../../../src/bridge/gate/approval.ts";
import { accessSeconds, decideGrantable } from "../../../src/bridge/oauth/grantable.ts";
import { SCOPES } from "../support/own-app.ts";

const now = 1_700_000_000_000;
const base = { ticked: SCOPES, entitled: SCOPES, destroys: [], signedInAt: now, now } as const;

test("granted = ticked ∩ entitled, and what was dropped is named with why", () => {
  expect(decideGrantable(base)).toEqual({ granted: SCOPES, dropped: [] });
  expect(decideGrantable({ ...base, ticked: ["profile:read"] }).granted).toEqual(["profile:read"]);
  expect(decideGrantable({ ...base, entitled: ["profile:read"] })).toEqual({
    granted: ["profile:read"],
    dropped: SCOPES.filter((scope) => scope !== "profile:read").map((scope) => ({ scope, why: "unentitled" })),
  });
  expect(decideGrantable({ ...base, entitled: [] }).granted).toEqual([]);
});

test("what destroys needs a sign-in of the last five minutes; one of unknown age, or from the future, is old", () => {
  const destroys = ["notes:write"] as const;
  const granted = (signedInAt: number | undefined) =>
    decideGrantable({ ...base, destroys, signedInAt }).granted.includes("notes:write");
  expect(granted(now)).toBe(true);
  expect(granted(now - FRESH_MS)).toBe(true);
  expect(granted(now - FRESH_MS - 1)).toBe(false);
  expect(granted(undefined)).toBe(false);
  expect(granted(now + FRESH_MS + 1)).toBe(false);
  expect(decideGrantable({ ...base, destroys, signedInAt: 0 }).dropped).toEqual([
    { scope: "notes:write", why: "old-sign-in" },
  ]);
});

test("a token that can delete things lives five minutes, any other fifteen", () => {
  expect(accessSeconds(["profile:read", "notes:write"], ["notes:write"])).toBe(300);
  expect(accessSeconds(["profile:read", "notes:read"], ["notes:write"])).toBe(900);
  expect(accessSeconds([], [])).toBe(900);
});
