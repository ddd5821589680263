import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { decide, listed } from "../../../src/bridge/gate/decide.ts";
import { parsePrincipal } from "../../../src/bridge/gate/principal.ts";
import { rule } from "../../../src/bridge/gate/rule.ts";
import { defineTool } from "../../../src/bridge/gate/tool.ts";
import { REDACTED } from "../../../src/bridge/text/redact.ts";
import { policy } from "../fixture/policy.ts";
import { app, parseScopes, SCOPES, type Scope } from "../support/own-app.ts";
import { principal } from "./principals.ts";

const subsets = fc.subarray([...SCOPES]);
const names = Object.keys(policy) as (keyof typeof policy)[];
/** Arguments that fit each rule, so that only authority decides. */
const FITTING = Object.fromEntries(names.map((name) => [name, policy[name].example]));

test("nothing is allowed unless the rule exists, the user is entitled and the token carries the scope", () => {
  const anyName = fc.oneof(
    fc.constantFrom(...names),
    fc.string(),
    fc.constantFrom("__proto__", "constructor", "toString"),
  );
  fc.assert(
    fc.property(anyName, subsets, subsets, fc.anything(), (tool, held, entitled, args) => {
      const decision = decide(policy, principal({ held, entitled }), { tool, args });
      const row = names.find((name) => name === tool);
      const may = row !== undefined && held.includes(policy[row].scope) && entitled.includes(policy[row].scope);
      expect(decision.allow && !may).toBe(false);
    }),
    { numRuns: 2000 },
  );
});

test("every subset of scopes against every tool is exactly what the table says", () => {
  for (let mask = 0; mask < 2 ** SCOPES.length; mask++) {
    const held = SCOPES.filter((_, bit) => mask & (1 << bit));
    for (const tool of names) {
      const decision = decide(policy, principal({ held }), { tool, args: FITTING[tool] });
      expect([tool, held, decision.allow]).toEqual([tool, held, held.includes(policy[tool].scope)]);
    }
  }
});

test("what is listed is what the user could hold, marked where the token does not cover it", () => {
  fc.assert(
    fc.property(subsets, subsets, (held, entitled) => {
      const rows = listed(policy, principal({ held, entitled }));
      const expected = names.filter((name) => entitled.includes(policy[name].scope));
      expect(rows.map(({ name }) => name)).toEqual(expected);
      for (const { rule, locked } of rows) expect(locked).toBe(!held.includes(rule.scope));
    }),
  );
});

test("what changes anything is denied while its arguments carry the mark of a redacted secret, wherever; what reads is not", () => {
  const asked = (tool: string, args: unknown) => {
    const decision = decide(policy, principal({}), { tool, args });
    return decision.allow ? "allowed" : decision.denial.reason;
  };
  const id = crypto.randomUUID();
  for (const text of [
    REDACTED,
    `a ${REDACTED}b`,
    REDACTED.toUpperCase(),
    "drawbridge%3Aredacted",
    "draw\u200bbridge:re\u0001dacted",
  ]) {
    expect([text, asked("write_note", { title: "a", text })]).toEqual([text, "redacted-arguments"]);
    expect([text, asked("replace_note", { id, title: "a", text })]).toEqual([text, "redacted-arguments"]);
    expect([text, asked("search_notes", { query: text.replace("\u0001", "") })]).toEqual([text, "allowed"]);
  }
  for (const text of ["(redacted)", "[REDACTED]", "Drawbridge: redacted", "redacted by the drawbridge", "***"]) {
    expect([text, asked("write_note", { title: "a", text })]).toEqual([text, "allowed"]);
  }
});

test("each denial has its reason, and a tool that is not for this user reads like one that is not there", () => {
  const reason = (who: Parameters<typeof principal>[0], tool: string, args: unknown = {}) => {
    const decision = decide(policy, principal(who), { tool, args });
    return decision.allow ? "allowed" : decision.denial;
  };
  expect(reason({}, "no_such_tool")).toEqual({ reason: "unknown-tool" });
  expect(reason({ entitled: ["profile:read"] }, "write_note", FITTING["write_note"])).toEqual({
    reason: "unknown-tool",
  });
  expect(reason({ held: ["profile:read"] }, "write_note", FITTING["write_note"])).toEqual({
    reason: "missing-scope",
    needed: "notes:write",
    held: ["profile:read"],
  });
  expect(reason({}, "whoami", { extra: 1 })).toMatchObject({ reason: "invalid-arguments" });
  expect(reason({}, "write_note", { title: "two\nlines", text: "" })).toMatchObject({ reason: "invalid-arguments" });
  expect(reason({}, "write_note", { title: "a", text: "x".repeat(20_001) })).toMatchObject({
    reason: "invalid-arguments",
  });
});

test("no scope implies another: with every scope but one, the tools of that one stay closed", () => {
  for (const missing of SCOPES) {
    const held = SCOPES.filter((scope) => scope !== missing);
    for (const tool of names) {
      const decision = decide(policy, principal({ held }), { tool, args: FITTING[tool] });
      expect(decision.allow).toBe(policy[tool].scope !== missing);
    }
  }
});

test("what destroys always needs a user, what reaches outside does after untrusted text, whatever the rule says", () => {
  const tool = defineTool({
    title: "t",
    description: "d",
    input: z.strictObject({}),
    example: {},
    output: z.object({}),
    run: () => ({}),
  });
  const base = { tool, scope: "notes:write", capability: () => undefined } as const;
  const needs = [
    rule({ ...base, effect: "destroy" }),
    rule({ ...base, effect: "destroy", reaches: "outside" }),
    rule({ ...base, effect: "read", approval: "each-call", reaches: "outside" }),
    rule({ ...base, effect: "read", reaches: "outside" }),
    rule({ ...base, effect: "write" }),
    rule({ ...base, effect: "write", approval: "when-tainted" }),
    rule({ ...base, effect: "destroy", approval: "when-tainted" }),
  ].map(({ approval }) => approval);
  expect(needs).toEqual(["always", "always", "always", "tainted", "never", "tainted", "always"]);
  // Anyone who writes JavaScript, or casts, spares no rule either.
  const spared: object = { ...base, effect: "destroy", approval: "never" };
  expect(rule(spared as Parameters<typeof rule>[0]).approval).toBe("always");
  const honest = rule({ ...base, effect: "destroy" });
  const wipe = { tool: "wipe", args: {} };
  expect(decide({ wipe: honest }, principal(), wipe)).toEqual({ allow: true, rule: honest });
  const altered = { ...honest, approval: "never" } as const;
  expect(decide({ wipe: altered }, principal(), wipe)).toMatchObject({ denial: { reason: "unknown-tool" } });
  expect(Object.isFrozen(honest)).toBe(true);
  for (const { effect, approval } of Object.values(app.policy)) {
    if (effect === "destroy") expect(approval).toBe("always");
  }
});

test("anything odd or missing about a token yields no principal at all", () => {
  const verified = { userId: "dbr1_AAAAAAAAAAAAAAAAAAAAAA", clientId: "client-1", scope: ["profile:read", "made:up"] };
  const user = { provider: "github", issuer: "https://github.com", id: "1", name: "ada" };
  const props = { person: user, since: 1, lifetime: 3600, grant: "grant-01", step: 0 };
  const all = () => SCOPES;
  expect(parsePrincipal(verified, props, all, app.scopes)).toMatchObject({ held: ["profile:read"], entitled: SCOPES });
  for (const odd of [
    undefined,
    null,
    {},
    { ...verified, userId: "github:1" },
    { ...verified, clientId: "" },
    { ...verified, scope: "x" },
  ]) {
    expect(parsePrincipal(odd, props, all, app.scopes)).toBeUndefined();
  }
  for (const odd of [
    undefined,
    {},
    { ...props, grant: undefined },
    { ...props, user: {} },
    { ...props, admin: true },
  ]) {
    expect(parsePrincipal(verified, odd, all, app.scopes)).toBeUndefined();
  }
});

test("scopes outside the catalogue are dropped, whatever they are called", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string(), fc.constantFrom<string>(...SCOPES, "__proto__", "toString"))),
      (texts) => {
        const parsed: readonly Scope[] = parseScopes(texts);
        expect(parsed.every((scope) => SCOPES.includes(scope))).toBe(true);
      },
    ),
  );
});
