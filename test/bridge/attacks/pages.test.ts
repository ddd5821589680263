// Forms and pages of a signed-in user, when the locks in front of them are open: a form that comes from a page of our own, and a
// session of a user who may hold less than they did.

import { expect, test, vi } from "vitest";
import { bridgeAt } from "../support/attack.ts";
import { createBrowsing, hidden } from "../support/browsing.ts";
import { answerOf } from "../support/journey.ts";
import { journey, openBrowser } from "../support/worker.ts";

const NOBODYS = `/approvals/${"a".repeat(22)}`;

test("signing out takes the token of its own form, of this session: any other leaves the user signed in", async () => {
  const [browser, other] = [openBrowser(), openBrowser()];
  await browser.signIn("ada", NOBODYS);
  await other.signIn("ada", NOBODYS);
  const tokenIn = async (from: typeof browser) => {
    const page = await (await from.get(NOBODYS)).text();
    return hidden(page.slice(page.indexOf('action="/sign-out"')), "form");
  };
  for (const form of ["", "x", await tokenIn(other)]) {
    const refused = await browser.submit("/sign-out", { form });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("still signed in")]);
    expect((await browser.get(NOBODYS)).status).toBe(404);
  }
  expect((await browser.submit("/sign-out", { form: await tokenIn(browser) })).status).toBe(200);
  expect((await browser.get(NOBODYS)).status).toBe(200);
  expect((await other.get(NOBODYS)).status).toBe(404);
});

test("what a user may not do any more is not there to be approved, in a session from before", async () => {
  const all = ["profile:read", "notes:read", "notes:write", "notes:delete"] as const;
  const full = bridgeAt(journey.origin, {}, all);
  const { tokens } = await full.connect({ name: "narrowed", ticked: all });
  const call = async (name: string, args: Record<string, unknown>) =>
    answerOf(await full.modern(tokens.access_token, "tools/call", { name, arguments: args }));
  const written = await call("write_note", { title: "Groceries", text: "milk" });
  const refused = await call("delete_note", { id: written.result?.structuredContent?.["id"] });
  const [link = ""] = /\/approvals\/[\w-]{22}/.exec(refused.result?.content?.[0]?.text ?? "") ?? [];
  const browser = createBrowsing(full.fetch, full.origin);
  const state = (await browser.towards(link)).searchParams.get("state") ?? "";
  await browser.get(`/sign-in/development/callback?${new URLSearchParams({ state, name: "narrowed" })}`);
  const page = await (await browser.get(link)).text();
  expect(page).toContain("Delete the note “Groceries”");

  const narrowed = createBrowsing(bridgeAt(journey.origin, {}, ["profile:read"]).fetch, journey.origin);
  for (const [name, value] of browser.cookies) narrowed.cookies.set(name, value);
  const gone = await narrowed.get(link);
  expect([gone.status, (await gone.text()).includes("Groceries")]).toEqual([404, false]);
  const form = hidden(page.slice(page.indexOf("<main>")), "form");
  expect((await narrowed.submit(link, { form, decision: "approve" })).status).not.toBe(200);
  expect((await browser.submit(link, { form, decision: "approve" })).status).toBe(200);
});

test("a sign-in that was begun more than ten minutes ago is over, whatever the browser still sends", async () => {
  for (const [minutes, status] of [
    [9, 303],
    [11, 400],
  ] as const) {
    const browser = openBrowser();
    const state = (await browser.towards(NOBODYS)).searchParams.get("state") ?? "";
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + minutes * 60_000);
    const back = await browser.get(`/sign-in/development/callback?${new URLSearchParams({ state, name: "slow" })}`);
    clock.mockRestore();
    expect([minutes, back.status]).toEqual([minutes, status]);
  }
});
