// Forms of the bridge's own pages as users use them: signed out meanwhile, in two tabs, loaded again, and gone back to.

import { expect, test } from "vitest";
import { hidden } from "../support/browsing.ts";
import { connected, formFor, signedIn, textOf } from "../support/console.ts";
import { openBrowser } from "../support/worker.ts";

const NOBODYS = `/approvals/${"a".repeat(22)}`;

test("a form that is sent after its sign-in is over says that nothing was done, and where to go on", async () => {
  const app = await connected("ida");
  const browser = await signedIn("ida");
  const { html } = await textOf(browser, "/console");
  const forms = [
    ["/console/revoke", formFor(html, "/console/revoke"), "Nothing was disconnected"],
    ["/console/revoke-all", formFor(html, "/console/revoke-all"), "Nothing was disconnected"],
    [NOBODYS, { form: "x", decision: "approve" }, "Nothing was decided"],
    [NOBODYS, { form: "x", decision: "refuse" }, "Nothing was decided"],
  ] as const;
  await browser.submit("/sign-out", { form: await signOutForm(browser) });
  for (const [path, fields, title] of forms) {
    const answer = await browser.post(path, fields);
    const page = await answer.text();
    expect([path, answer.status]).toEqual([path, 403]);
    expect(page).toContain(`<h1>${title}</h1>`);
    expect(page).toContain("You were signed out before you");
    expect(hidden(page, "return")).toBe(path === NOBODYS ? NOBODYS : "/console");
  }
  expect((await app.use()).status).toBe(200);
});

test("what a form leads to can be loaded again, and the address of a form leads to its page", async () => {
  const app = await connected("jo");
  const browser = await signedIn("jo");
  const { html } = await textOf(browser, "/console");
  const ended = await browser.post("/console/revoke", formFor(html, "/console/revoke"));
  const place = ended.headers.get("location") ?? "";
  expect([ended.status, place.split("&")[0]]).toEqual([303, `/console?ended=${app.grant}`]);
  for (const time of ["first", "again"])
    expect((await textOf(browser, place)).text, time).toContain("Disconnected The app can do nothing more here");
  expect((await app.use()).status).toBe(401);
  // A link cannot claim it: not of what goes on, nor of what ended, nor with the word of another browser's page.
  for (const claim of [`/console?ended=${app.grant}`, `/console?ended=${"a".repeat(16)}&form=${"b".repeat(43)}`])
    expect((await textOf(browser, claim)).text).not.toContain("Disconnected Its next");
  expect((await textOf(await signedIn("jo"), place)).text).not.toContain("Disconnected Its next");
  const free = await signedIn("nobody-connected");
  expect((await free.get("/console/ended")).headers.get("location")).toBe("/console");
  const other = await connected("jo");
  expect((await textOf(browser, `/console?ended=${other.grant}`)).text).not.toContain(
    "Disconnected The app can do nothing more here",
  );
  for (const path of ["/console/revoke", "/console/revoke-all", "/console/ended", "/sign-out"]) {
    const answer = await browser.get(path);
    expect([path, answer.status, answer.headers.get("location")]).toEqual([path, 303, "/console"]);
  }
  const out = await browser.post("/sign-out", { form: await signOutForm(browser) });
  expect([out.status, out.headers.get("location")]).toEqual([303, "/sign-out"]);
  for (const time of ["first", "again"])
    expect(await (await browser.get("/sign-out")).text(), time).toContain("You are signed out");
});

test("tabs that sign in side by side all go on, and of very many the oldest is told to start again", async () => {
  const browser = openBrowser();
  const callback = (state: string) => `/sign-in/development/callback?${new URLSearchParams({ state, name: "kim" })}`;
  const states: string[] = [];
  for (let tab = 0; tab < 6; tab++) {
    states.push((await browser.towards(tab % 2 === 0 ? "/console" : NOBODYS)).searchParams.get("state") ?? "");
  }
  const [oldest, second, ...kept] = states;
  for (const state of [oldest, second]) {
    const answer = await browser.get(callback(state ?? ""));
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining("Open the page that you wanted once more"),
    ]);
  }
  for (const state of kept) expect((await browser.get(callback(state))).status).toBe(303);
  expect([...browser.cookies.keys()]).toEqual(["__Host-drawbridge-session"]);
});

async function signOutForm(browser: ReturnType<typeof openBrowser>): Promise<string> {
  const page = await (await browser.get("/console")).text();
  return hidden(page.slice(page.indexOf('action="/sign-out"')), "form");
}
