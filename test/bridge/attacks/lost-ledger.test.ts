// What the ledger says of a grant counts, whatever KV still holds; and while the ledger cannot be asked, nothing runs
// and nothing is opened.

import { expect, test } from "vitest";
import type { Standing } from "../../../src/bridge/gate/ledger-port.ts";
import * as attack from "../support/attack.ts";
import { call } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

const NOTE = { title: "t", text: "x" };
const WRITE = { name: "write_note", arguments: NOTE };

test("a revoked grant is 401 in both transports while KV still has its token, and refresh after it is refused", async () => {
  const { client, token, tokens, session } = await attack.connected("revoked");
  const both = async () => [
    (await journey.legacy(token, call("whoami"), session)).status,
    (await journey.legacy(token, { jsonrpc: "2.0", id: 2, method: "tools/list" }, session)).status,
    (await journey.modern(token, "tools/call", { name: "whoami" })).status,
    (await journey.modern(token, "tools/list")).status,
  ];
  expect(await both()).toEqual([200, 200, 200, 200]);
  await ledgerOf(token).revoke("all");
  expect((await bindings.OAUTH_KV.list({ prefix: `token:${token.split(":")[0]}` })).keys).toHaveLength(1);
  expect(await both()).toEqual([401, 401, 401, 401]);
  const refreshed = await journey.refresh(client, tokens.refresh_token);
  expect([refreshed.status, await refreshed.json()]).toMatchObject([400, { error: "invalid_grant" }]);
  expect(await both()).toEqual([401, 401, 401, 401]);
});

test("when the ledger cannot be reached the answer is 503 and nothing runs, in either transport", async () => {
  const honest = attack.bridgeAt(ORIGIN);
  const { token, session } = await attack.connected("ada", honest);
  const { client } = await honest.connect({ name: "bob" });
  expect((await honest.modern(token, "tools/call", WRITE)).status).toBe(200);
  const before = [await attack.countNotes(), await attack.countObjects()];

  const gone = new Proxy({}, { get: () => () => Promise.reject(new Error("s3cret ledger detail")) });
  const broken = attack.bridgeAt(ORIGIN, { LEDGER: { getByName: () => gone } });
  const answers = [
    await broken.modern(token, "tools/call", WRITE),
    await broken.modern(token, "tools/call", { name: "nope" }),
    await broken.modern(token, "tools/list"),
    await broken.legacy(token, call("write_note", NOTE), session),
    await broken.legacy(token, { jsonrpc: "2.0", id: 2, method: "tools/list" }, session),
    await broken.legacy(token, attack.initialize(1)),
  ];
  for (const answer of answers) {
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(await answer.text()).not.toMatch(/s3cret|LEDGER|\.ts/);
  }
  expect([await attack.countNotes(), await attack.countObjects()]).toEqual(before);
  // Nor is a consent taken, or a code redeemed, that the ledger does not know of.
  const allowed = await broken.postConsent(await broken.openConsent(client));
  await expect(broken.signIn(allowed, "bob")).rejects.toThrow("503");
  const back = await honest.signIn(await honest.postConsent(await honest.openConsent(client)), "bob");
  const redeemed = await broken.redeem(client, back.searchParams.get("code") ?? "");
  expect(takeErrors().join()).not.toContain("s3cret");
  expect([redeemed.status, await redeemed.json()]).toMatchObject([503, { error: "temporarily_unavailable" }]);
});

test("a ledger that is lost while a session is opened makes no object, and is a 503", async () => {
  const { token } = await attack.connected("half");
  const before = await attack.countObjects();
  const ledger = ledgerOf(token);
  const standing = (message: Standing) => ledger.standing(message);
  const lost = { standing, openSession: () => Promise.reject(new Error("gone")) };
  const half = attack.bridgeAt(ORIGIN, { LEDGER: { getByName: () => lost } }, ["profile:read"]);
  const answer = await half.legacy(token, attack.initialize(1));
  takeErrors();
  expect(answer.status).toBe(503);
  expect(await attack.countObjects()).toBe(before);
});
