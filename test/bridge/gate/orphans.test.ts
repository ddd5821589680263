// How long a call may take, from its admission to its end, and when the ledger gives up on it.

import { expect, test } from "vitest";
import { DEADLINE_MS } from "../../../src/bridge/gate/run.ts";
import { TICKET_MS } from "../../../src/bridge/gate/ticket.ts";
import { ORPHAN_MS } from "../../../src/bridge/ledger/pending.ts";

test("no run is still alive when the ledger settles its admission as unknown, and an erasure goes on", () => {
  expect(TICKET_MS + DEADLINE_MS).toBeLessThan(ORPHAN_MS);
});
