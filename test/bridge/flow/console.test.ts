// The console: what a signed-in user sees of their own, ends, and takes away.

import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { parseKey, verifyExport } from "../../../scripts/verify.ts";
import { Sequel } from "../../../scripts/verify-sequel.ts";
import { type AuditLog, loadActivity } from "../../../src/bridge/console/activity.ts";
import { signHeadOf } from "../../../src/bridge/ledger/heads.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { headPublicKey } from "../../../src/bridge/seal.ts";
import { hidden } from "../support/browsing.ts";
import { connected, formFor, signedIn, textOf } from "../support/console.ts";
import { bindings, journey, openBrowser, outcomesWritten } from "../support/worker.ts";

test("a user sees each app with what it may do, how it was used and from where; nobody else does", async () => {
  const app = await connected("ada");
  const other = await connected("ada", "Another app", ["notes:read"]);
  for (let i = 0; i < 3; i++) await app.use();
  expect((await app.use("delete_note", { id: crypto.randomUUID() })).status).toBe(403);
  const browser = await signedIn("ada");
  const { text } = await textOf(browser, "/console");
  for (const words of [
    "My notes app",
    "unverified",
    "Another app",
    "search and read your notes",
    "can change things",
    `…${app.client.id.slice(-4)}`,
    `…${other.client.id.slice(-4)}`,
  ]) {
    expect(text).toContain(words);
  }
  // The one that was used last comes first.
  expect(text).toMatch(/My notes app.*Used just now \([\d-]+ [\d:]+ UTC\).*from this computer.*Activity: 3 calls/);
  expect(text).toMatch(/Activity: 3 calls.*Another app.*Not used yet.*Last used never.*Activity: 0 calls/);
  const eve = await textOf(await signedIn("eve"), "/console");
  expect(eve.text).toContain("No app is connected");
  expect(eve.text).not.toMatch(/My notes app/);
  expect((await textOf(openBrowser(), "/console")).text).not.toMatch(/My notes app/);
  await other.use();
  expect((await textOf(browser, "/console")).text).toMatch(/Another app.*Activity: 1 call .*My notes app/);
});

test("disconnecting one app refuses its next request and leaves the other alone; the tokens are gone from KV too", async () => {
  const [one, two] = [await connected("bo"), await connected("bo", "Another app")];
  const browser = await signedIn("bo");
  const { html } = await textOf(browser, "/console");
  const at = html.slice(html.indexOf(`value="${one.grant}"`) - 100);
  const answer = await browser.submit("/console/revoke", { grant: one.grant, form: hidden(at, "form") });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("Disconnected")]);
  expect([(await one.use()).status, (await two.use()).status]).toEqual([401, 200]);
  const { keys } = await bindings.OAUTH_KV.list();
  expect(keys.filter(({ name }) => name.includes(one.grant))).toEqual([]);
  const again = await browser.submit("/console/revoke", { grant: one.grant, form: hidden(at, "form") });
  expect(again.status).toBe(404);
  expect((await textOf(browser, "/console/activity")).text).toContain("was disconnected: you, the app or an operator");
});

test("the panic button ends every connection and every browser's session, and says so in the audit log", async () => {
  const [one, two] = [await connected("dora"), await connected("dora", "Another app")];
  const [here, there] = [await signedIn("dora"), await signedIn("dora")];
  const { html } = await textOf(here, "/console");
  const kept = new Map(here.cookies);
  const answer = await here.submit("/console/revoke-all", { form: formFor(html, "/console/revoke-all").form });
  expect(await answer.text()).toContain("No app is connected in your name");
  // Loaded again, and asked for by who has never been here.
  expect(await (await here.get("/console/ended")).text()).toContain("Everything is disconnected");
  expect((await openBrowser().get("/console/ended")).headers.get("location")).toBe("/console");
  expect([(await one.use()).status, (await two.use()).status]).toEqual([401, 401]);
  expect((await journey.refresh(one.client, one.tokens.refresh_token)).status).toBe(400);
  const cookie = [...kept].map((pair) => pair.join("=")).join("; ");
  for (const page of [await there.get("/console"), await openBrowser().get("/console", { cookie })]) {
    expect(await page.text()).toContain("Sign in to see your connections");
  }
  const { text } = await textOf(await signedIn("dora"), "/console/activity");
  expect(text).toContain("You were signed out of these pages everywhere");
});

test("the audit log in plain words, filtered, in pages; each hash is computed anew, and a change is seen", async () => {
  const app = await connected("finn");
  for (let i = 0; i < 60; i++)
    await app.use(i % 2 === 0 ? "whoami" : "search_notes", i % 2 === 0 ? {} : { query: `q${i}` });
  await app.use("delete_note", { id: crypto.randomUUID() });
  await outcomesWritten(app.token);
  const browser = await signedIn("finn");
  const first = await textOf(browser, "/console/activity");
  expect(first.text).toMatch(/✓ This list is complete and unchanged \(entries \d+ to \d+\)/);
  expect(first.text).toContain("The newest one carries this service's signature");
  expect(first.text).toContain("You signed in to these pages");
  expect(first.text).toContain("its number is missing here");
  expect(first.html).not.toContain("npm");
  expect(first.text).toMatch(/wanted to use “Delete a note” refused: you did not allow it/);
  expect(first.text).toMatch(/used “Search notes” done/);
  expect(first.html.match(/<li>/g)?.length).toBe(50);
  const older = /href="(\/console\/activity\?before=\d+)"/.exec(first.html)?.[1] ?? "";
  const second = await textOf(browser, older);
  expect(second.text).toContain("The list begins here");
  expect(second.text).toContain("was connected. It may see your name on this service");
  expect(second.text).not.toContain("signature");
  const numbers = [first, second].map(({ text }) => [...text.matchAll(/No\. (\d+)/g)].map(([, n]) => Number(n)));
  expect(Math.min(...(numbers[0] ?? []))).toBeGreaterThan(Math.max(...(numbers[1] ?? [])));

  const refused = await textOf(browser, "/console/activity?decision=refused");
  expect([...refused.text.matchAll(/No\. \d+/g)].length).toBe(1);
  const search = await textOf(browser, `/console/activity?tool=search_notes&client=${app.client.id}`);
  expect([...search.text.matchAll(/used “Search notes”/g)].length).toBe(30);
  expect((await textOf(browser, "/console/activity?client=nobody")).text).toContain("Nothing like that");
  const odd = await textOf(browser, "/console/activity?before=-1&tool=__proto__&decision=maybe&client=&x=<script>");
  expect(odd.text).toContain("You signed in to these pages");

  const called = ({ event }: { event: { kind: string; tool?: string } }) => event.tool === "whoami";
  const changed = (await app.ledger.events()).find(called)?.seq ?? 0;
  await runInDurableObject(app.ledger, (_: Ledger, state) => {
    const change = `UPDATE event SET body = replace(body, '"tool":"whoami"', '"tool":"read_note"') WHERE seq = ?`;
    state.storage.sql.exec(change, changed);
  });
  const words = `Entry ${changed} does not fit`;
  expect((await textOf(browser, older)).text).toContain(`This list has been changed. ${words}`);
  expect((await textOf(browser, "/console/activity?decision=refused")).text).toContain(words);
});

test("an audit log whose end was cut off, and one whose head somebody else signed, are shown as changed", async () => {
  const app = await connected("hal");
  await app.use();
  await outcomesWritten(app.token);
  const key = "test-subject-key-".repeat(3);
  const { ledger } = app;
  const auditLog: AuditLog = {
    events: async (after, limit) => ledger.events(after, limit),
    eventsBefore: async (before, limit) => ledger.eventsBefore(before, limit),
    signedHead: async () => ledger.signedHead(),
    reach: async () => ledger.reach(),
  };
  const broken = async (more: Partial<AuditLog> = {}) =>
    (await loadActivity({ ...auditLog, ...more }, {}, key)).chain.broken;
  expect(await broken()).toBeUndefined();
  const head = await ledger.signedHead();
  const { signature } = await signHeadOf("another-key-".repeat(4), head.subject, head.at, head);
  expect(await broken({ signedHead: async () => ({ ...head, signature }) })).toBe(0);
  expect(await broken({ signedHead: async () => ({ ...head, at: head.at + 1 }) })).toBe(0);

  const browser = await signedIn("hal");
  expect((await textOf(browser, "/console/activity")).text).toContain("complete and unchanged");
  await runInDurableObject(ledger, (_: Ledger, state) => {
    state.storage.sql.exec("DELETE FROM event WHERE seq = (SELECT max(seq) FROM event)");
  });
  const { text } = await textOf(browser, "/console/activity");
  expect(text).toContain("The newest entry is not the one that was signed.");
});

test("the download is what audit:verify accepts, whole, and a changed line in it is found", async () => {
  const app = await connected("gus");
  for (let i = 0; i < 5; i++) await app.use();
  const browser = await signedIn("gus");
  const file = await browser.get("/console/audit-log.jsonl");
  expect(Object.fromEntries(file.headers)).toMatchObject({
    "content-type": "application/x-ndjson; charset=utf-8",
    "content-disposition": 'attachment; filename="drawbridge-audit-log.jsonl"',
    "cache-control": "no-store",
  });
  const lines = (await file.text()).split(/(?<=\n)/);
  const key = parseKey(await headPublicKey("test-subject-key-".repeat(3)));
  const check = async (text: readonly string[]) =>
    verifyExport("audit-log.jsonl", text, { key, heads: [] }, new Sequel([]));
  const report = await check(lines);
  expect(report.findings).toEqual([]);
  expect(report.sound).toMatchObject([{ subject: app.token.split(":")[0], entries: lines.length - 3 }]);
  const changed = lines.map((line, i) => (i === 4 ? line.replace('"at":1', '"at":2') : line));
  expect((await check(changed)).findings).toMatchObject([{ seq: 4 }]);
  expect(await (await openBrowser().get("/console/audit-log.jsonl")).text()).not.toContain("audit/1");
});

test("what a user should learn of stands on the connection and in the activity, a theft at the top", async () => {
  const app = await connected("hugo");
  await app.use();
  await runInDurableObject(app.ledger, (ledger: Ledger) =>
    ledger.standing({
      request: "r",
      client: app.client.id as never,
      grant: app.grant as never,
      step: 0,
      session: null,
      where: { country: "BR", asn: 5, agent: "curl" },
    }),
  );
  const browser = await signedIn("hugo");
  expect((await textOf(browser, "/console")).text).toContain(
    "was used from a country that it was not used from before",
  );
  const next = (await (await journey.refresh(app.client, app.tokens.refresh_token)).json()) as {
    refresh_token: string;
  };
  const third = await journey.refresh(app.client, next.refresh_token);
  await third.text();
  expect((await journey.refresh(app.client, app.tokens.refresh_token)).status).toBe(400);
  const { text } = await textOf(browser, "/console");
  expect(text).toMatch(/My notes app was disconnected for your safety just now/);
  expect(text).toContain("No app is connected");
  const activity = await textOf(browser, "/console/activity");
  expect(activity.text).toContain("used an old access that was replaced: somebody may have copied it look at this");
});

test("what can delete says so; what was allowed a moment ago is nothing to look at; each sentence names its app", async () => {
  const app = await connected("iris", "Tidy up", ["notes:read", "notes:write", "notes:delete"]);
  const browser = await signedIn("iris");
  expect((await textOf(browser, "/console")).text).toMatch(/Tidy up.*can delete things/);
  const { text, html } = await textOf(browser, "/console/activity");
  expect(text).toMatch(/You signed in and allowed Tidy up to see your name/);
  expect(text).toMatch(/Tidy up was connected\. It may [^.]* can delete things/);
  expect(text).toMatch(/Tidy up was allowed to change things/);
  expect(text).not.toContain("look at this");
  await app.use("read_note", { id: crypto.randomUUID() });
  await outcomesWritten(app.token);
  expect((await textOf(browser, "/console/activity")).html).toMatch(/<span class="tag">did not work<\/span>/);
  expect(html).not.toContain("An app");
});

test("what waits is a number in the navigation and said in the words of its plan; all of it can be ended from the top", async () => {
  const app = await connected("jan", "Tidy up", ["notes:read", "notes:write", "notes:delete"]);
  const browser = await signedIn("jan");
  const top = async () => {
    const html = await (await browser.get("/console")).text();
    return [/Approvals ?<span class="count"> ?(\d+) waiting/.exec(html)?.[1], html.indexOf('href="#everything"') > 0];
  };
  expect(await top()).toEqual([undefined, true]);
  for (const title of ["Groceries", "Diary"]) {
    const note = (await app.use("write_note", { title, text: "t".repeat(250) })).result?.structuredContent?.["id"];
    await app.use("delete_note", { id: note });
  }
  expect(await top()).toEqual(["2", true]);
  const { text, html } = await textOf(browser, "/console/approvals");
  for (const title of ["Groceries", "Diary"]) expect(text).toContain(`asked: Delete the note “${title}”`);
  const [link = ""] = /\/approvals\/[\w-]{22}/.exec(html) ?? [];
  const question = await textOf(browser, link);
  expect(question.text).toContain(`${"t".repeat(200)}” and 50 more characters`);
  expect(question.text).toMatch(/You can decide until \d\d:\d\d UTC/);
  const refused = await browser.submit(link, { form: hidden(question.html, "form"), decision: "refuse" });
  expect(await refused.text()).toContain('<a href="/console">');
});
