// After a transaction that came to nothing, what a ledger holds in memory is what its tables say.

import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { GrantId } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { admission, opening, openLedger, refreshOf } from "./ledgers.ts";

const BOOM = "CREATE TRIGGER boom BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";

async function rolledBack() {
  const opened = await openLedger();
  const { stub } = opened;
  /** The admission, with a disk that is full at the first thing to be written to the audit log. */
  const failing = (request: ReturnType<typeof admission>) =>
    runInDurableObject(stub, async (ledger: Ledger, { storage }) => {
      storage.sql.exec(BOOM);
      const went = await ledger.admit(request).then(
        () => "written",
        () => "failed",
      );
      storage.sql.exec("DROP TRIGGER boom");
      return went;
    });
  await stub.admit(admission());
  return { ...opened, failing };
}

test("an access token whose first use failed is known to be used all the same, by its second", async () => {
  const { stub, failing, advance } = await rolledBack();
  const grant = "grant-02" as GrantId;
  await stub.openGrant(opening({ grant, redeemed: { code: "code", token: "token-0" } }));
  const refresh = refreshOf(grant, "token-0");
  expect((await stub.startRefresh(refresh)).go).toBe("rotate");
  await stub.finishRefresh(refresh, { next: "token-1", answer: "sealed", scopes: [] });
  expect(await failing(admission({ grant, step: 1 }))).toBe("failed");
  expect(await stub.admit(admission({ grant, step: 1 }))).toMatchObject({ seq: expect.any(Number) });
  await advance(61_000);
  expect((await stub.startRefresh(refresh)).go).toBe("reuse");
});

test("a new country that could not be written down is told of at the next request", async () => {
  const { stub, failing, kinds } = await rolledBack();
  const abroad = admission({ where: { country: "BR", asn: 2, agent: "other" } });
  expect(await failing(abroad)).toBe("failed");
  expect(await kinds()).not.toContain("notice");
  await stub.admit(abroad);
  expect(await kinds()).toContain("notice");
});
