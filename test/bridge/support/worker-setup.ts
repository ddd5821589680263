// Before the tests of a file in workerd: the tables. After each test: no unexpected console.error.

import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, inject } from "vitest";
import type { Bindings } from "../../../src/bridge/request/bindings.ts";
import { takeErrors } from "./log.ts";

await applyD1Migrations((env as unknown as Bindings).DB, inject("migrations"));

beforeEach(() => {
  takeErrors();
});

afterEach(() => {
  expect(takeErrors(), "an unexpected console.error").toEqual([]);
});
