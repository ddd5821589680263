// Sessions across a crash: the process is killed and starts again on the state it left on disk. What the
// runtime wrote there is looked at directly: one SQLite file for each session object that ever came to life.

import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, inject, onTestFinished, test, vi } from "vitest";
import { startBridge } from "../support/bridge-process.ts";
import { answerOf, call, createJourney } from "../support/journey.ts";

test("a session outlives a crash for its owner and nobody else, and no id brings an object to life", async () => {
  let bridge = await startBridge({});
  onTestFinished(() => bridge.stop());
  const journey = createJourney(fetch, bridge.origin);
  const owner = (await journey.connect({ name: "owner" })).tokens.access_token;
  const otherApp = (await journey.connect({ name: "owner" })).tokens.access_token;
  const stranger = (await journey.connect({ name: "stranger" })).tokens.access_token;
  const live = await journey.openSession(owner);

  const before = await objectsIn(bridge.state);
  const ended = await journey.openSession(owner);
  const [endedObject = ""] = (await objectsIn(bridge.state)).filter((file) => !before.includes(file));
  expect(await tablesOf(endedObject)).not.toEqual([]);
  expect(await statuses(owner, ended, "DELETE")).toEqual({ DELETE: 204 });
  // Its object empties itself soon after the answer.
  const emptied = async () => expect(await tablesOf(endedObject)).toEqual([]);
  await vi.waitFor(emptied, { timeout: 10_000, interval: 50 });

  const objects = await objectsIn(bridge.state);
  expect(objects).toHaveLength(2);
  const [objectId = "", birth = "", seal = ""] = live.split(".");
  const foreign = {
    "a stranger's token": [stranger, live],
    "another app of the same user": [otherApp, live],
    "a made-up id": [owner, `${"5e".repeat(32)}.${birth}.${"A".repeat(43)}`],
    "an object id that is one digit off": [owner, `${nudged(objectId)}.${birth}.${seal}`],
    "a birth that is one digit off": [owner, `${objectId}.${nudged(birth)}.${seal}`],
    "a seal that is one character off": [owner, `${objectId}.${birth}.${nudged(seal)}`],
    "the seal of another session": [owner, `${objectId}.${birth}.${ended.split(".")[2]}`],
    "an ended session": [owner, ended],
  } as const;

  async function onlyTheOwnerIsServed(when: string): Promise<void> {
    const whoami = await answerOf(await journey.legacy(owner, call("whoami"), live));
    expect(whoami.result?.structuredContent, when).toMatchObject({ name: "owner" });
    // 405: the session is there, and has no stream.
    expect(await statuses(owner, live, "GET"), when).toEqual({ GET: 405 });
    for (const [whose, [token, id]] of Object.entries(foreign)) {
      const asked = await statuses(token, id, "POST", "GET", "DELETE");
      expect(asked, `${whose}, ${when}`).toEqual({ POST: 404, GET: 404, DELETE: 404 });
    }
    expect(await objectsIn(bridge.state), when).toEqual(objects);
    await emptied();
    const again = await answerOf(await journey.legacy(owner, call("whoami"), live));
    expect(again.result?.structuredContent, when).toMatchObject({ name: "owner" });
  }

  await onlyTheOwnerIsServed("before the crash");
  await bridge.stop({ kill: true, keep: true });
  bridge = await bridge.again();
  await onlyTheOwnerIsServed("after the crash");
  expect(await statuses(owner, live, "DELETE")).toEqual({ DELETE: 204 });
  expect(await statuses(owner, live, "POST", "GET", "DELETE")).toEqual({ POST: 404, GET: 404, DELETE: 404 });

  async function statuses(token: string, session: string, ...methods: readonly ("POST" | "GET" | "DELETE")[]) {
    const found: Record<string, number> = {};
    for (const method of methods) {
      const headers = { authorization: `Bearer ${token}`, "mcp-session-id": session, accept: "text/event-stream" };
      const answer =
        method === "POST"
          ? await journey.legacy(token, call("whoami"), session)
          : await fetch(journey.resource, { method, headers });
      await answer.text();
      found[method] = answer.status;
    }
    return found;
  }
});

// base64url of 32 bytes has two bits to spare: four last characters spell the same seal.
test("a session id whose seal is spelled in another way is another id", async () => {
  const journey = createJourney(fetch, inject("bridge"));
  const token = (await journey.connect({ name: "speller" })).tokens.access_token;
  const session = await journey.openSession(token);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const other = alphabet[alphabet.indexOf(session.at(-1) ?? "") ^ 1];
  const answer = await journey.legacy(token, call("whoami"), session.slice(0, -1) + other);
  expect(answer.status).toBe(404);
});

/** The session objects there have ever been. */
async function objectsIn(state: string): Promise<readonly string[]> {
  const folder = join(state, "v3/do/drawbridge-McpSession");
  const files = await readdir(folder).catch(() => []);
  const objects = files.filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file)).toSorted();
  return objects.map((file) => join(folder, file));
}

/** What an object keeps; nothing, once it has been emptied. Reads a copy: a lock of ours would stand in the runtime's way. */
async function tablesOf(file: string): Promise<readonly unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), "drawbridge-object-"));
  const copy = join(folder, "object.sqlite");
  await copyFile(file, copy);
  await copyFile(`${file}-wal`, `${copy}-wal`).catch(() => "all of it is in the file");
  const database = new DatabaseSync(copy);
  try {
    return database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  } finally {
    database.close();
    await rm(folder, { recursive: true });
  }
}

function nudged(text: string): string {
  return `${text.startsWith("1") ? "2" : "1"}${text.slice(1)}`;
}
