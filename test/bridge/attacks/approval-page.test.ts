// What a user reads before they say yes, against arguments and titles that would have them read something else.

import { expect, test } from "vitest";
import type { ClientId } from "../../../src/bridge/gate/principal.ts";
import { hidden } from "../support/browsing.ts";
import { TRANSPORTS, type TransportName } from "../support/doors.ts";
import { answerOf, call } from "../support/journey.ts";
import { SCOPES } from "../support/own-app.ts";
import { calm } from "../support/pages.ts";
import { journey, ledgerOf, openBrowser } from "../support/worker.ts";

async function connected(name: string) {
  const { tokens, client } = await journey.connect({ name, scope: SCOPES.join(" "), ticked: SCOPES });
  const token = tokens.access_token;
  const session = await journey.openSession(token);
  const use = async (tool: string, args: Record<string, unknown>, transport: TransportName = "stateless") =>
    answerOf(
      transport === "session"
        ? await journey.legacy(token, call(tool, args), session)
        : await journey.modern(token, "tools/call", call(tool, args).params),
    );
  return { token, client: client.id as ClientId, use };
}

/** The page that this user is asked on, as text: without markup. */
async function pageFor(name: string, words: string): Promise<string> {
  const link = /(\/approvals\/[\w-]{22})/.exec(words)?.[1] ?? "";
  const browser = openBrowser();
  await browser.signIn(name, link);
  const html = await (await browser.get(link)).text();
  return html.slice(html.indexOf("<main>")).replace(/<[^>]*>/g, "");
}

test("no part of an argument is left out: marks that pile up on a letter are shown as their numbers", async () => {
  const ada = await connected("marks");
  await ledgerOf(ada.token).taint(ada.client);
  const secret = [..."1101001110"].map((bit) => (bit === "1" ? "\u0301" : "\u0300")).join("");
  const url = `https://docs.example.com/ok${secret}`;
  const asked = await ada.use("fetch_page", { url });
  const page = await pageFor("marks", asked.result?.content?.[0]?.text ?? "");
  expect(page).toContain("https://docs.example.com/ok");
  const read = page.replace(/U\+(03\d\d)/g, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)));
  expect(read).toContain(url);
});

test("nothing of what is approved is left out, however long it is", async () => {
  const ada = await connected("long");
  const written = await ada.use("write_note", { title: "Plan", text: "short" });
  await ledgerOf(ada.token).taint(ada.client);
  const text = `${"all is well. ".repeat(900)}But send the keys to Mallory.`;
  const args = { id: String(written.result?.structuredContent?.["id"]), title: "Plan", text };
  const page = await pageFor("long", (await ada.use("replace_note", args)).result?.content?.[0]?.text ?? "");
  expect(page).toContain("But send the keys to Mallory.");
});

test("a title cannot end its own quotation marks and go on in the page's words", async () => {
  const ada = await connected("quotes");
  for (const [open, close] of ["“”", "„“", '""', "«»", "＂＂"].map((pair) => [...pair])) {
    const title = `tmp${close} (a copy is kept). Keep the note ${open}Taxes`;
    const written = await ada.use("write_note", { title, text: "all of it" });
    const asked = await ada.use("delete_note", { id: String(written.result?.structuredContent?.["id"]) });
    const page = await pageFor("quotes", asked.result?.content?.[0]?.text ?? "");
    expect(page).toContain("Delete the note “tmp’ (a copy is kept). Keep the note ’Taxes”");
    const text = asked.result?.content?.[0]?.text ?? "";
    const id = /approvals\/([\w-]{22})/.exec(text)?.[1] ?? "";
    await ledgerOf(ada.token).decideApproval(id, false, Date.now());
  }
});

/** A note, a call that would delete it, and its user at the page that asks about it. */
async function askedToDelete(name: string) {
  const { use } = await connected(name);
  const written = await use("write_note", { title: "Scratch", text: "x" });
  const id = String(written.result?.structuredContent?.["id"]);
  const words = (await use("delete_note", { id })).result?.content?.[0]?.text ?? "";
  const link = /(\/approvals\/[\w-]{22})/.exec(words)?.[1] ?? "";
  const browser = openBrowser();
  await browser.signIn(name, link);
  const openForm = async () => {
    const html = await (await browser.get(link)).text();
    return hidden(html.slice(html.indexOf("<main>")), "form");
  };
  const decide = (form: string, decision: "approve" | "refuse") => browser.submit(link, { form, decision });
  return { use, id, openForm, decide };
}

test("what a user said yes to is what they saw: a note that changed under the page is not approved with it", async () => {
  const { use, id, openForm, decide } = await askedToDelete("stale");
  const seen = await openForm();
  // As short as before and on the same day: only the time of day tells.
  await use("replace_note", { id, title: "Scratch", text: "y" });
  const changed = await decide(seen, "approve");
  expect([changed.status, await changed.text()]).toEqual([409, expect.stringContaining("changed since")]);
  expect((await use("delete_note", { id })).result?.isError).toBe(true);
  expect((await decide(await openForm(), "approve")).status).toBe(200);
  expect((await use("delete_note", { id })).result?.structuredContent).toEqual({ deleted: id });
});

test("what a user said yes to is what they saw: a note that changed afterwards is neither deleted nor replaced", async () => {
  const ada = await connected("later");
  for (const transport of TRANSPORTS) {
    for (const [tool, more] of [
      ["delete_note", {}],
      ["replace_note", { title: "Gone", text: "gone" }],
    ] as const) {
      await calm(ada.token);
      const written = await ada.use("write_note", { title: "Scratch", text: "12345" });
      const id = String(written.result?.structuredContent?.["id"]);
      const approved = async () => {
        await ledgerOf(ada.token).taint(ada.client);
        const asked = await ada.use(tool, { id, ...more }, transport);
        const link = /(\/approvals\/[\w-]{22})/.exec(asked.result?.content?.[0]?.text ?? "")?.[1] ?? "";
        const browser = openBrowser();
        await browser.signIn("later", link);
        const html = await (await browser.get(link)).text();
        const page = html.slice(html.indexOf("<main>"));
        const form = hidden(page, "form");
        const deed = tool === "delete_note" ? "Delete the note" : "Replace the title and text of the note";
        expect(page.replace(/<[^>]*>/g, "")).toMatch(new RegExp(`${deed} “Scratch”.*lost for good.*“(12345|54321)”`));
        expect((await browser.submit(link, { form, decision: "approve" })).status).toBe(200);
      };
      await approved();
      // As short as before and on the same day: the page would say the same of it.
      await calm(ada.token);
      await ada.use("replace_note", { id, title: "Scratch", text: "54321" });
      await ledgerOf(ada.token).taint(ada.client);
      const changed = await ada.use(tool, { id, ...more }, transport);
      expect(changed.result?.content?.[0]?.text).toMatch(
        /^The note has changed since the user approved this, and nothing was (deleted|replaced)\.$/,
      );
      const kept = await ada.use("read_note", { id });
      expect(kept.result?.structuredContent).toMatchObject({ title: "Scratch", text: "54321" });
      // The honest way: asked anew, and nothing changes in between.
      await approved();
      const ran = await ada.use(tool, { id, ...more }, transport);
      expect([tool, ran.result?.isError]).toEqual([tool, undefined]);
    }
  }
});

test("a no stands whatever changed, and a form for what was not seen is none", async () => {
  const { use, id, openForm, decide } = await askedToDelete("stale2");
  const form = await openForm();
  await use("replace_note", { id, title: "Thesis", text: "years of work" });
  const [token = ""] = form.split(".");
  for (const forged of [token, `${token}.`, `${token}.${"A".repeat(43)}`, `${form}.x`]) {
    expect((await decide(forged, "refuse")).status).toBe(400);
  }
  expect((await decide(form, "refuse")).status).toBe(200);
});
