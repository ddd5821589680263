// console.error, watched: a test that expects error lines takes them, and any other fails the test.

import { vi } from "vitest";

const errors = vi.spyOn(console, "error");

/** The lines so far; they no longer count as unexpected. */
export function takeErrors(): readonly string[] {
  const lines = errors.mock.calls.map(([line]) => String(line));
  errors.mockClear();
  return lines;
}
