// Before the tests of a file in workerd: the tables. After each test: no unexpected console.error.

import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, inject } from "vitest";
import { takeErrors } from "./log.ts";

const { CONTROL, DB } = env as unknown as { readonly CONTROL: D1Database; readonly DB: D1Database };
await applyD1Migrations(CONTROL, inject("control"));
await applyD1Migrations(DB, inject("migrations"));
// As after the first request to a new copy: test/bridge/ledger/carry.test.ts shows that one.
await CONTROL.exec("INSERT OR IGNORE INTO carried (one, at) VALUES (1, 0)");

beforeEach(() => {
  takeErrors();
});

afterEach(() => {
  expect(takeErrors(), "an unexpected console.error").toEqual([]);
});
