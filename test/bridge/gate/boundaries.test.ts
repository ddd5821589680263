// What is the adopter's and what is the bridge's, and what of the bridge a capability can reach.

import { expect, test } from "vitest";
import { d1, defineBindings } from "../../../src/bridge/app/bindings.ts";
import { kitFor } from "../../../src/bridge/app/kit.ts";
import { appHost } from "../../../src/bridge/app/store.ts";
import { defineApp } from "../../../src/bridge/index.ts";
import { app as own } from "../fixture/app.ts";
import { keepsNothing } from "../fixture/bindings.ts";
import { owner } from "../support/attack-tool.ts";

const NOWHERE = { approved: null, tainted: false, mark: () => undefined };

test("a capability reaches the app's bindings, and of the bridge's secrets and objects nothing", () => {
  const bridges = ["CONTROL", "LEDGER", "MCP_SESSIONS", "OAUTH_KV", "DRAWBRIDGE_SECRET", "SUBJECT_KEY", "RATE_MCP"];
  const DB = { prepare: (sql: string) => sql, batch: () => "written", exec: () => "written" };
  const env = { DB, WEB_HOSTS: "docs.example.com", ...Object.fromEntries(bridges.map((name) => [name, "canary"])) };
  const seen: object[] = [];
  const look = (made: object) => {
    seen.push(made);
    return made;
  };
  const reader = keepsNothing.reads("reader", look).make(appHost(env), owner, NOWHERE);
  const writer = keepsNothing.writes("writer", look).make(appHost(env), owner, NOWHERE);
  for (const bindings of [reader, writer]) {
    expect(Object.keys(bindings)).toEqual(["DB", "WEB_HOSTS"]);
    expect(Object.isFrozen(bindings)).toBe(true);
    for (const name of bridges) expect(Reflect.get(bindings, name)).toBeUndefined();
    expect(JSON.stringify(bindings)).not.toContain("canary");
  }
  expect(Reflect.get(writer, "DB")).toBe(DB);
});

test("a capability knows who calls by id, client, name and scopes: no grant, no entitlement, no step of a token", () => {
  const env = { DB: {}, WEB_HOSTS: "" };
  for (const kind of ["reads", "writes"] as const) {
    const caller = keepsNothing[kind]("caller", (_, who) => who).make(appHost(env), owner, NOWHERE);
    expect(Object.keys(caller)).toEqual(["subject", "client", "name", "held"]);
  }
});

test("a capability that reads cannot write through its database, whatever the text says", () => {
  const texts: string[] = [];
  const DB = { prepare: (sql: string) => texts.push(sql), batch: () => 0, exec: () => 0 };
  const view = keepsNothing.reads("reader", ({ DB: db }) => db).make(appHost({ DB }), owner, NOWHERE);
  view.prepare("SELECT title FROM note WHERE id = ?1");
  expect(texts).toHaveLength(1);
  const prepare = (sql: string) => Reflect.apply(view.prepare, view, [sql]);
  for (const sql of [
    "DELETE FROM note",
    "SELECT 1; DELETE FROM note",
    "WITH gone AS (SELECT 1) DELETE FROM note",
    "UPDATE note SET text = ''",
    "PRAGMA writable_schema = 1",
    "",
  ])
    expect(() => prepare(sql), sql).toThrow("one SELECT");
  expect(texts).toHaveLength(1);
  for (const name of ["batch", "exec", "withSession", "dump"]) expect(Reflect.get(view, name)).toBeUndefined();
});

test("an app that would break a rule of the bridge is refused in one clear line", () => {
  const silenced = { DB: d1(), LEDGER: d1() } as unknown as { readonly DB: ReturnType<typeof d1> };
  expect(() => defineBindings(silenced)).toThrow("LEDGER is a name of the bridge's own");
  const scopes = { "a:read": { may: "a", risk: "a", offer: "always" } } as const;
  const { store, tool } = kitFor(scopes, defineBindings({ DB: d1() }));
  const kept = store({ name: "things", erase: async () => undefined, export: async () => [], count: async () => 0 });
  const reader = kept.reads("things", () => ({}));
  const look = {
    title: "t",
    description: "d",
    input: own.policy["whoami"]?.input,
    output: own.policy["whoami"]?.output,
  };
  const policy = {
    look: Reflect.apply(tool, undefined, [
      { ...look, run: () => ({}) },
      { scope: "a:read", effect: "read", capability: reader, output: "own", reaches: "nothing" },
    ]),
  };
  const app = { name: "A", version: "1", scopes, bindings: {}, policy, people: [] };
  expect(() => defineApp({ ...app, data: [] })).toThrow(
    'look works on the store "things", which is not in the app\'s data',
  );
  expect(defineApp({ ...app, data: [kept] }).data).toHaveLength(1);
  const misspelt = { scope: "a:raed", effect: "read", capability: reader, output: "own", reaches: "nothing" };
  expect(() => Reflect.apply(tool, undefined, [look, misspelt])).toThrow("a:raed");
  const raw = { ...misspelt, scope: "a:read", capability: () => ({}) };
  expect(() => Reflect.apply(tool, undefined, [look, raw])).toThrow("no capability of this app's kit");
});
