// Before the tests of a file in workerd: the tables. After each test: no unexpected console.error.

import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, inject, vi } from "vitest";
import type { Bindings } from "../../src/env.ts";

await applyD1Migrations((env as unknown as Bindings).DB, inject("migrations"));

const errors = vi.spyOn(console, "error");

beforeEach(() => {
  errors.mockClear();
});

afterEach(() => {
  expect(errors.mock.calls, "an unexpected console.error").toEqual([]);
});
