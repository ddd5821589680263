// Outcomes travel in batches: nobody's is lost, mixed up or delivered twice, and a session that ends takes none with it.

import { expect, test, vi } from "vitest";
import type { RunLedger } from "../../../src/bridge/gate/ledger-port.ts";
import type { Subject } from "../../../src/bridge/gate/principal.ts";
import { outcomesInBatches, sendOutcomes } from "../../../src/bridge/ledger/outcomes.ts";
import { answerOf, call } from "../support/journey.ts";
import { bindings, journey, ledgerOf } from "../support/worker.ts";
import { outcome } from "./ledgers.ts";

const [ADA, BOB] = ["dbr1_ada" as Subject, "dbr1_bob" as Subject];

/** Ledgers, and what each was told, call by call. */
function listeners() {
  const told = new Map<Subject, number[][]>();
  const ledgerFor = (subject: Subject): RunLedger => ({
    taint: () => Promise.reject(new Error("not asked")),
    async recordOutcomes(outcomes) {
      told.set(subject, [...(told.get(subject) ?? []), outcomes.map(({ of }) => of)]);
    },
  });
  const of = (subject: Subject, now = 0) => outcomesInBatches(ledgerFor(subject), subject, () => now);
  return { ledgerFor, told, of };
}

test("runs of one user that end together are one call to their ledger; another user's go to their own", async () => {
  const { of, told } = listeners();
  const send = (subject: Subject, seq: number) => of(subject).recordOutcomes([{ ...outcome, of: seq }]);
  await Promise.all([send(ADA, 1), send(ADA, 2), send(BOB, 1), send(ADA, 3)]);
  expect([...told]).toEqual([
    [ADA, [[1, 2, 3]]],
    [BOB, [[1]]],
  ]);
  await Promise.all(Array.from({ length: 70 }, (_, seq) => send(ADA, seq)));
  expect(told.get(ADA)?.map((batch) => batch.length)).toEqual([3, 64, 6]);
});

test("what waits can be delivered at once, and is then not delivered again", async () => {
  const { of, told, ledgerFor } = listeners();
  const sent = of(ADA).recordOutcomes([{ ...outcome, of: 7 }]);
  await sendOutcomes(ledgerFor);
  expect(told.get(ADA)).toEqual([[7]]);
  await sent;
  expect(told.get(ADA)).toEqual([[7]]);
});

test("what a request left behind when it died goes with the next outcome, and once", async () => {
  const { told, ledgerFor } = listeners();
  const [dead, next] = [0, 3_000].map((now) => outcomesInBatches(ledgerFor(ADA), ADA, () => now));
  // Its wait is not waited for: as if its request were gone.
  const left = dead?.recordOutcomes([{ ...outcome, of: 1 }]);
  await next?.recordOutcomes([{ ...outcome, of: 2 }]);
  await left;
  expect(told.get(ADA)).toEqual([[1, 2]]);
});

test("a call whose session ends right after it is settled as what it was", async () => {
  const { tokens } = await journey.connect({ name: "hasty" });
  const session = await journey.openSession(tokens.access_token);
  await answerOf(await journey.legacy(tokens.access_token, call("whoami"), session));
  await bindings.MCP_SESSIONS.getByName(`streamable-http:${session.split(".")[0]}`).end();
  const outcomes = async () =>
    (await ledgerOf(tokens.access_token).events()).flatMap(({ event }) =>
      event.kind === "settlement" ? [event.outcome] : [],
    );
  await vi.waitFor(async () => expect(await outcomes()).toEqual(["ok"]), { timeout: 10_000 });
});
