// Every admission needs the switches, and so the one database that they are in. Neither admissions that come at once nor an address
// that guesses operator tokens may flood it.

import { expect, test, vi } from "vitest";
import { readSwitches, SwitchBoard } from "../../../src/bridge/ledger/switch-board.ts";
import { bridgeAt } from "../support/attack.ts";
import { takeErrors } from "../support/log.ts";
import { makeOperatorToken } from "../support/operator-token.ts";
import { bindings } from "../support/worker.ts";
import { admission, openLedger } from "./ledgers.ts";

const PUBLIC = "https://bridge.example";

/** The database, with what is asked of it; while `held`, statements wait. */
function watched() {
  const asked: string[] = [];
  const gates: { readonly promise: Promise<void>; readonly resolve: () => void }[] = [];
  let held = false;
  const prepare = (query: string) => {
    const statement = bindings.CONTROL.prepare(query);
    asked.push(query);
    if (!held) return statement;
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return { all: () => gate.promise.then(() => statement.all()) };
  };
  const DB = new Proxy(bindings.CONTROL, {
    get: (target, key) => (key === "prepare" ? prepare : Reflect.get(target, key)),
  });
  return {
    DB,
    asked,
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      for (const gate of gates.splice(0)) gate.resolve();
    },
  };
}

test("a hundred ledgers whose copies are old share one read of the switches, and the next read sees what was set since", async () => {
  await bindings.CONTROL.exec("DELETE FROM switch");
  const { DB, asked, hold, release } = watched();
  const boards = Array.from({ length: 100 }, () => new SwitchBoard({ CONTROL: DB }));
  const now = Date.now();
  hold();
  const all = Promise.all([...boards, ...boards].map((board) => board.current(now)));
  release();
  expect(await all).toEqual(Array(200).fill([]));
  expect(asked).toHaveLength(1);
  await bindings.CONTROL.exec("INSERT INTO switch (kind, value) VALUES ('mode', 'off')");
  expect((await readSwitches({ CONTROL: DB })).switches).toEqual([{ kind: "mode", value: "off" }]);
  expect(await boards[0]?.current(now + 5_000)).toEqual([{ kind: "mode", value: "off" }]);
  await bindings.CONTROL.exec("DELETE FROM switch");
});

test("ledgers of many users, asked at once while their copies are old, all answer", async () => {
  const ledgers = await Promise.all(Array.from({ length: 30 }, openLedger));
  const admitted = () => Promise.all(ledgers.map(async ({ stub }) => "seq" in (await stub.admit(admission()))));
  expect(await admitted()).toEqual(Array(30).fill(true));
  for (const { advance } of ledgers) await advance(5_000);
  expect(await admitted()).toEqual(Array(30).fill(true));
});

test("a read that fails is nobody's copy, and a read whose answer never comes stops nobody after it", async () => {
  const { DB, asked, hold, release } = watched();
  hold();
  const lost = readSwitches({ CONTROL: DB });
  const later = Promise.all([readSwitches({ CONTROL: DB }), readSwitches({ CONTROL: DB })]);
  await vi.waitUntil(() => asked.length === 2, 10_000);
  release();
  expect((await later).map(({ switches }) => switches)).toEqual([[], []]);
  await lost;
  const fails = () => {
    throw new Error("no database");
  };
  const broken = new Proxy(bindings.CONTROL, { get: () => fails });
  expect(await new SwitchBoard({ CONTROL: broken }).current(Date.now())).toBeUndefined();
  expect(takeErrors()).toHaveLength(1);
});

test("an address that guesses operator tokens has few of them looked up; an operator token that is known goes on, and so does another address", async () => {
  const { DB, asked } = watched();
  const bridge = bridgeAt(PUBLIC, { CONTROL: DB });
  const ask = async (operatorToken: string, address: string) => {
    const headers = {
      authorization: `Bearer ${operatorToken}`,
      "content-type": "application/json",
      "cf-connecting-ip": address,
    };
    return (await bridge.fetch(`${PUBLIC}/operator`, { method: "POST", headers, body: '{"do":"key"}' })).status;
  };
  const operatorToken = await makeOperatorToken();
  expect(await ask(operatorToken, "192.0.2.80")).toBe(200);
  asked.length = 0;
  for (let i = 0; i < 300; i++) {
    expect(await ask(`dbop_${String(i).padStart(43, "A")}`, "192.0.2.80")).toBe(404);
  }
  // A minute may end in between.
  expect(asked.length).toBeGreaterThanOrEqual(60 - 1);
  expect(asked.length).toBeLessThanOrEqual(120);
  for (let i = 0; i < 150; i++) expect(await ask(operatorToken, "192.0.2.80")).toBe(200);
  expect(await ask(await makeOperatorToken(), "192.0.2.81")).toBe(200);
});
