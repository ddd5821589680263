// The official conformance package against the bridge: its authorization-server scenarios whole, and what each revision
// requires of a server, apart from the calls of test tools that a bridge does not have (conformance/*.yml).

import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { freePort } from "../../../scripts/local-worker.ts";
import { visit } from "../support/browser.ts";
import { runConformance, startBearerProxy } from "../support/conformance.ts";
import { createJourney } from "../support/journey.ts";

test("every authorization-server scenario of the conformance package passes", async () => {
  const origin = inject("bridge");
  const port = await freePort();
  const { id } = await createJourney(fetch, origin).register({ redirect_uris: [`http://127.0.0.1:${port}/callback`] });
  const address = ["--url", origin, "--resource", `${origin}/mcp`, "--client-id", id, "--port", String(port)];
  let visited: Promise<unknown> | undefined;
  const { code, output } = await runConformance(["authorization", ...address], (printed) => {
    const link = /^http:\S+\/authorize\?\S+$/m.exec(printed)?.[0];
    if (link !== undefined) visited ??= visit(link, { name: "conformance" });
  });
  await visited;
  expect(output).toContain("✓ authorization-server-metadata-endpoint: 2 passed, 0 failed");
  expect(output).toContain("✓ authorization-code-grant: 1 passed, 0 failed");
  expect([code, output]).toEqual([0, expect.stringContaining("Total: 3 passed, 0 failed")]);
});

for (const revision of ["2025-11-25", "2026-07-28"]) {
  test(`as a server it conforms to ${revision}, as far as its tools go`, async () => {
    const everything = { scope: "profile:read notes:read notes:write", ticked: ["notes:read", "notes:write"] };
    const { tokens } = await createJourney(fetch, inject("bridge")).connect({ name: revision, ...everything });
    const proxy = await startBearerProxy(inject("bridge"), tokens.access_token);
    const known = join(import.meta.dirname, "conformance", `${revision}.yml`);
    const what = ["--requirements", revision, "--expected-failures", known];
    const { code, output } = await runConformance(["server", "--url", proxy.url, ...what]);
    proxy.stop();
    const passed = ["server-initialize: 3", "tools-list", "dns-rebinding-protection: 2"];
    for (const one of revision === "2025-11-25" ? passed : passed.slice(1)) expect(output).toContain(`✓ ${one}`);
    expect(code, output.slice(output.indexOf("=== SUMMARY"))).toBe(0);
  });
}
