// anyone who presents one that is not theirs has it in their own audit log, as a growing count.

import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import * as attack from "../support/attack.ts";
import { ledgerOf } from "../support/worker.ts";
import { admission, CLIENT, HOUR, openLedger } from "./ledgers.ts";

async function refused(token: string) {
  const events = await ledgerOf(token).events();
  return events.flatMap(({ event }) => (event.kind === "denial" ? [[event.tool, event.reason, event.count]] : []));
}

test("a stolen and a made-up session id are refused alike, counted in the audit log of who presents them, and touch nobody else's", async () => {
  const owner = await attack.connected("owner");
  const thief = await attack.connected("thief");
  const before = await owner.kinds();
  expect(await attack.tryAll(thief.token, thief.session)).toEqual([200, 405, 204]);
  expect(await refused(thief.token)).toEqual([]);

  const objects = await attack.countObjects();
  expect(await attack.tryAll(thief.token, owner.session)).toEqual([404, 404, 404]);
  expect(await refused(thief.token)).toEqual([["(session)", "session-refused", 1]]);
  expect(await attack.tryAll(thief.token, "made-up")).toEqual([404, 404, 404]);
  await runInDurableObject(ledgerOf(thief.token), (ledger: Ledger) => {
    ledger.clock = () => Date.now() + 60_000;
  });
  await runDurableObjectAlarm(ledgerOf(thief.token));
  expect(await refused(thief.token)).toEqual([
    ["(session)", "session-refused", 1],
    ["(session)", "session-refused", 5],
  ]);
  expect(await owner.kinds()).toEqual(before);
  expect(await attack.countObjects()).toBe(objects);
});

test("what outranks it still does: a session id of somebody else with the token of a grant that was ended is 401", async () => {
  const owner = await attack.connected("owner");
  const thief = await attack.connected("ended");
  expect(await attack.tryAll(thief.token, owner.session)).toEqual([404, 404, 404]);
  await ledgerOf(thief.token).revoke("all");
  expect(await attack.tryAll(thief.token, owner.session)).toEqual([401, 401, 401]);
});

test("the ledger itself knows whose a session is: another client of the same user is told that there is none", async () => {
  const { stub, now } = await openLedger();
  const other = { client: "client-2" as ClientId, grant: "grant-02" as GrantId };
  await stub.openGrant({ ...other, scopes: ["notes:read"], canWrite: false, expires: now() + HOUR });
  await stub.openSession("session-1", { client: CLIENT, grant: admission().grant });
  expect(await stub.admit(admission({ session: "session-1" }))).toMatchObject({ approval: null });
  const ended = { denial: { reason: "session-ended" } };
  expect(await stub.admit(admission({ session: "session-1", ...other }))).toEqual(ended);
  expect(await stub.standing(admission({ session: "session-1", ...other }))).toEqual(ended);
  expect(await stub.admit(admission(other))).toMatchObject({ approval: null });
});
