// The page where a user decides: what it shows, whom it believes, and what a decision is worth. The call itself is asked for and
// made by a client, over the wire.

import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { ClientId } from "../../../src/bridge/gate/principal.ts";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { hidden } from "../support/browsing.ts";
import { answerOf, call } from "../support/journey.ts";
import { bindings, journey, ledgerOf, ORIGIN, openBrowser } from "../support/worker.ts";

const ALL = ["notes:read", "notes:write", "notes:delete"];

/** A connected client, a note, and the denial that carries the link. */
async function asked(name: string, title = "Groceries", text = "milk and bread") {
  const { tokens, client } = await journey.connect({ name, ticked: ALL, scope: "profile:read notes:read" });
  const token = tokens.access_token;
  const written = await answerOf(
    await journey.modern(token, "tools/call", { name: "write_note", arguments: { title, text } }),
  );
  const note = String(written.result?.structuredContent?.["id"]);
  const erase = async (id = note) =>
    answerOf(await journey.modern(token, "tools/call", { name: "delete_note", arguments: { id } }));
  const refused = await erase();
  const words = refused.result?.content?.[0]?.text ?? "";
  const link = /http:\/\/127\.0\.0\.1:8787(\/approvals\/[\w-]{22})/.exec(words)?.[1] ?? "";
  return { token, client, note, erase, link, words };
}

async function decide(browser: ReturnType<typeof openBrowser>, link: string, decision: string) {
  const page = await (await browser.get(link)).text();
  return browser.submit(link, { form: hidden(page.slice(page.indexOf("<main>")), "form"), decision });
}

test("the link, the page, the yes, and the same call runs, once; asked again it needs another yes", async () => {
  const { erase, link, note, token } = await asked("ada");
  expect(link).toMatch(/^\/approvals\//);
  const browser = openBrowser();
  expect(await (await browser.get(link)).text()).not.toMatch(/Groceries|Delete|Test client/);
  await browser.signIn("ada", link);
  const page = await (await browser.get(link)).text();
  for (const words of [
    "Delete the note “Groceries”",
    "“milk and bread”",
    "There is no copy",
    "Test client",
    "unverified",
    note,
  ]) {
    expect(page).toContain(words);
  }
  expect(page).not.toContain("others wrote");
  const approved = await decide(browser, link, "approve");
  expect([approved.status, await approved.text()]).toEqual([200, expect.stringContaining("tell it to continue")]);
  expect((await erase()).result?.structuredContent).toEqual({ deleted: note });
  expect(await (await browser.get(link)).text()).toContain("Approved and used");
  expect((await erase()).result?.isError).toBe(true);

  const kinds = (await ledgerOf(token).events()).flatMap(({ event }) =>
    event.kind === "approval" ? [event.step] : [],
  );
  expect(kinds).toEqual(["asked", "approved", "used", "asked"]);
});

test("a no is told to the app, nothing is done, and the page takes no second answer", async () => {
  const { erase, link } = await asked("bea");
  const browser = openBrowser();
  await browser.signIn("bea", link);
  const page = await (await browser.get(link)).text();
  const form = hidden(page.slice(page.indexOf("<main>")), "form");
  expect(await (await browser.submit(link, { form, decision: "refuse" })).text()).toContain(
    "You refused “Delete a note”. Nothing was done.",
  );
  // Back, and the other button; and the page, loaded again.
  expect(await (await browser.submit(link, { form, decision: "approve" })).text()).toContain("You refused");
  expect(await (await browser.get(link)).text()).toContain("You refused");
  const told = await erase();
  expect([told.result?.isError, told.result?.content?.[0]?.text]).toEqual([true, expect.stringContaining("declined")]);
});

test("another user and a made-up id get one and the same page; one's own that ran out says so, by GET and by POST", async () => {
  const { link, erase, token } = await asked("cy");
  const [cy, eve] = [openBrowser(), openBrowser()];
  await cy.signIn("cy", link);
  await eve.signIn("eve", link);
  const cyPage = await (await cy.get(link)).text();
  expect(cyPage).toContain("Groceries");
  const form = hidden(cyPage.slice(cyPage.indexOf("<main>")), "form");
  const plain = async (answer: Response) => {
    const text = await answer.text();
    return [answer.status, text.slice(text.indexOf("<main>"))];
  };
  const madeUp = `/approvals/${"A".repeat(22)}`;
  const unknown = await plain(await eve.get(madeUp));
  expect(unknown[0]).toBe(404);
  expect(await plain(await eve.get(link))).toEqual(unknown);
  // The form of another's session is none, anyone who sends it.
  expect((await eve.submit(link, { form, decision: "approve" })).status).toBe(400);
  expect((await erase()).result?.isError).toBe(true);

  await runInDurableObject(ledgerOf(token), (ledger: Ledger) => {
    const now = Date.now() + 6 * 60_000;
    ledger.clock = () => now;
  });
  const over = expect.stringMatching(/This request has run out.*“Delete a note”.*Nothing was done/s);
  expect(await plain(await cy.get(link))).toEqual([200, over]);
  expect(await plain(await cy.submit(link, { form, decision: "approve" }))).toEqual([200, over]);
  expect(await plain(await eve.get(link))).toEqual(unknown);
});

test("a form without its token, of another question, of another session, or from another site decides nothing", async () => {
  const { link, erase } = await asked("dee");
  const other = await asked("dee", "Recipes");
  const browser = openBrowser();
  await browser.signIn("dee", link);
  const tokenAt = async (path: string) => {
    const page = await (await browser.get(path)).text();
    return hidden(page.slice(page.indexOf("<main>")), "form");
  };
  const signOut = hidden(await (await browser.get(link)).text(), "form");
  const [right, wrong] = [await tokenAt(link), await tokenAt(other.link)];
  expect(new Set([right, wrong, signOut, ""]).size).toBe(4);
  for (const form of ["", wrong, signOut, right.slice(0, -1), "x".repeat(43)]) {
    expect([form, (await browser.submit(link, { form, decision: "approve" })).status]).toEqual([form, 400]);
  }
  expect((await browser.submit(link, { form: right, decision: "maybe" })).status).toBe(400);
  expect(
    (await browser.submit(link, { form: right, decision: "approve" }, { origin: "https://evil.test" })).status,
  ).toBe(403);
  await browser.signIn("dee", link);
  expect((await browser.submit(link, { form: right, decision: "approve" })).status).toBe(400);
  const stranger = await openBrowser().submit(link, { form: right, decision: "approve" });
  expect([stranger.status, await stranger.text()]).toEqual([403, expect.stringContaining("Nothing was decided")]);
  expect((await erase()).result?.isError).toBe(true);
});

test("an old sign-in may refuse and may not approve, whatever form it sends; a fresh one may", async () => {
  const { link, erase, token } = await asked("fay");
  const browser = openBrowser();
  await browser.signIn("fay", link);
  const page = await (await browser.get(link)).text();
  const form = hidden(page.slice(page.indexOf("<main>")), "form");
  // The sign-in grows old while the question does not: the ledger's clock goes back for the question, on for the sign-in.
  await runInDurableObject(ledgerOf(token), (ledger: Ledger, state) => {
    const now = Date.now() + 6 * 60_000;
    ledger.clock = () => now;
    state.storage.sql.exec("UPDATE approval SET expires = expires + 600000");
  });
  const old = await browser.submit(link, { form, decision: "approve" });
  expect([old.status, await old.text()]).toEqual([403, expect.stringContaining("more than five minutes ago")]);
  expect((await erase()).result?.isError).toBe(true);
  const refused = await browser.submit(link, { form, decision: "refuse" });
  expect(await refused.text()).toContain("Refused");
});

test("a note's title, an app's name and arguments are text and nothing else on the page", async () => {
  const title = `</h2><script>alert(1)</script>"><img src=x>\u202Egnp`;
  const { link } = await asked("gil", title);
  const browser = openBrowser();
  await browser.signIn("gil", link);
  const page = await (await browser.get(link)).text();
  expect(page).toContain("&lt;script&gt;alert(1)");
  expect(page).not.toMatch(/<script|<img/);
  expect(page).toContain("U+202E");
});

test("after its app has read what others wrote, the user is warned of that before they decide", async () => {
  const { token, client, erase, note } = await asked("ina");
  await ledgerOf(token).taint(client.id as ClientId);
  const again = await asked("jim");
  expect(again.link).not.toBe("");
  const written = await answerOf(
    await journey.modern(token, "tools/call", { name: "write_note", arguments: { title: "Second", text: "x" } }),
  );
  const id = String(written.result?.structuredContent?.["id"]);
  expect(id).not.toBe(note);
  const words = (await erase(id)).result?.content?.[0]?.text ?? "";
  const link = /(\/approvals\/[\w-]{22})/.exec(words)?.[1] ?? "";
  const browser = openBrowser();
  await browser.signIn("ina", link);
  expect(await (await browser.get(link)).text()).toContain("This app has just read text that others wrote");
  const other = openBrowser();
  await other.signIn("jim", again.link);
  expect(await (await other.get(again.link)).text()).not.toContain("others wrote");
});

test("of a call that reaches outside the page shows what would be sent, and says that it leaves the bridge", async () => {
  const ticked = [...ALL, "web:fetch"];
  const { tokens, client } = await journey.connect({ name: "kim", ticked, scope: "profile:read web:fetch" });
  await ledgerOf(tokens.access_token).taint(client.id as ClientId);
  const params = { name: "fetch_page", arguments: { url: "https://docs.example.com/?q=diary" } };
  const refused = await answerOf(await journey.modern(tokens.access_token, "tools/call", params));
  const link = /(\/approvals\/[\w-]{22})/.exec(refused.result?.content?.[0]?.text ?? "")?.[1] ?? "";
  const browser = openBrowser();
  await browser.signIn("kim", link);
  const page = await (await browser.get(link)).text();
  expect(page).toContain("https://docs.example.com/?q=diary");
  expect(page).toContain("sent to a site outside this service");
  const other = await asked("leo");
  const eraser = openBrowser();
  await eraser.signIn("leo", other.link);
  expect(await (await eraser.get(other.link)).text()).not.toContain("outside this service");
});

test("an approval that nobody made, or made by the client itself, lets nothing run", async () => {
  const { link, erase, token } = await asked("hal");
  const bearer = { authorization: `Bearer ${token}` };
  const answer = await journey.fetch(ORIGIN + link, { headers: { ...bearer, accept: "text/html" } });
  expect(await answer.text()).toContain("Sign in to decide");
  const posted = await journey.fetch(ORIGIN + link, {
    method: "POST",
    headers: { ...bearer, "content-type": "application/x-www-form-urlencoded" },
    body: "decision=approve",
  });
  expect(posted.status).toBe(403);
  expect((await erase()).result?.isError).toBe(true);
  expect((await answerOf(await journey.legacy(token, call("delete_note", {})))).status).toBe(400);
  expect((await bindings.DB.prepare("SELECT count(*) AS n FROM note").first<{ n: number }>())?.n).toBeGreaterThan(0);
});
