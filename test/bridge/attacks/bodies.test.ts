// Bodies beside those of /mcp (messages.test.ts): each path takes as much as it can use, and not a byte more.

import { expect, test } from "vitest";
import { journey, ORIGIN } from "../support/worker.ts";

const KIB = 1024;
const FORM = "application/x-www-form-urlencoded";
/** Path, largest body, and its type. */
const PATHS = [
  ["/authorize", 16 * KIB, FORM],
  ["/oauth/token", 16 * KIB, FORM],
  ["/oauth/register", 8 * KIB, "application/json"],
  [`/approvals/${"a".repeat(22)}`, KIB, FORM],
  ["/sign-in/development", KIB, FORM],
  ["/sign-out", KIB, FORM],
] as const;

test("a body that is too large for its path is refused, sized or chunked, and the next one there is read", async () => {
  for (const [path, most, type] of PATHS) {
    const headers = { origin: ORIGIN, "content-type": type };
    const statusOf = async (body: BodyInit) =>
      (await journey.fetch(`${ORIGIN}${path}`, { method: "POST", headers, body })).status;
    const large = "x".repeat(most + 1);
    expect([path, await statusOf(large)]).toEqual([path, 413]);
    expect([path, await statusOf(new Blob([large]).stream())]).toEqual([path, 413]);
    expect([path, await statusOf("x".repeat(most))]).not.toEqual([path, 413]);
  }
});
