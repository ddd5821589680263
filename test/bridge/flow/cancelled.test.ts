// A call that its client gives up: the tool is told to stop, the stream ends, and the audit log says that it was cancelled.

import { afterEach, expect, test, vi } from "vitest";
import { development } from "../../../src/bridge/sign-in/development.ts";
import { call } from "../support/journey.ts";
import { ownBridge } from "../support/own-bridge.ts";
import { auditLogOf, journey, ledgerOf, outcomesWritten } from "../support/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const PAGE = { url: "https://docs.example.com/slow" };

/** A host that answers when it is told to stop. Looked at from outside: a promise would go on in the context of the session's object. */
function slowHost() {
  const signals: AbortSignal[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation((_input, init) => {
    const signal = init?.signal ?? new AbortController().signal;
    signals.push(signal);
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("Aborted", "AbortError")));
    });
  });
  return { asked: () => vi.waitUntil(() => signals[0], 5_000) };
}

async function open(name: string) {
  const asked = { scope: "profile:read web:fetch", ticked: ["web:fetch"] };
  const { tokens } = await journey.connect({ name, ...asked });
  const token = tokens.access_token;
  const session = await journey.openSession(token);
  const outcomes = async () => {
    const all = await auditLogOf(token);
    return all.flatMap((event) => (event.kind === "settlement" ? [event.outcome] : []));
  };
  return { token, session, outcomes };
}

const cancels = (requestId: unknown) => ({
  jsonrpc: "2.0",
  method: "notifications/cancelled",
  params: { requestId, reason: "enough" },
});

test("notifications/cancelled ends the call of a session, whatever its id, also when the grant ended meanwhile", {
  timeout: 20_000,
}, async () => {
  for (const [id, revoked] of [
    [7, false],
    [0, false],
    ["text", false],
    [8, true],
  ] as const) {
    const host = slowHost();
    const { token, session, outcomes } = await open(`gives-up-${id}`);
    const answer = await journey.legacy(token, { ...call("fetch_page", PAGE), id }, session);
    const signal = await host.asked();
    expect([id, signal.aborted]).toEqual([id, false]);
    // Another id is another call.
    expect((await journey.legacy(token, cancels("other"), session)).status).toBe(202);
    expect([id, signal.aborted, await outcomes()]).toEqual([id, false, []]);
    expect((await journey.legacy(token, cancels(id), session)).status).toBe(202);
    if (revoked) await ledgerOf(token).revoke("all");
    // No message: the stream is over.
    expect([id, await answer.text()]).toEqual([id, expect.not.stringContaining('"jsonrpc"')]);
    await outcomesWritten(token);
    expect([id, signal.aborted, await outcomes()]).toEqual([id, true, ["cancelled"]]);
    vi.restoreAllMocks();
  }
});

test("a client that hangs up during a call of a session, or of the stateless transport, cancels it", {
  timeout: 20_000,
}, async () => {
  // Called directly: the harness does not pass on that a client has gone.
  const direct = ownBridge([development]);
  for (const transport of ["session", "stateless"] as const) {
    const host = slowHost();
    const { token, session, outcomes } = await open(`hangs-up-${transport}`);
    const client = new AbortController();
    const running =
      transport === "session"
        ? direct.legacy(token, call("fetch_page", PAGE), session, { signal: client.signal })
        : direct.modern(
            token,
            "tools/call",
            { name: "fetch_page", arguments: PAGE },
            {},
            {},
            { signal: client.signal },
          );
    void running.catch(() => undefined);
    const signal = await host.asked();
    expect([transport, signal.aborted]).toEqual([transport, false]);
    client.abort();
    await vi.waitUntil(() => signal.aborted, 5_000);
    await outcomesWritten(token);
    expect([transport, await outcomes()]).toEqual([transport, ["cancelled"]]);
    vi.restoreAllMocks();
  }
});
