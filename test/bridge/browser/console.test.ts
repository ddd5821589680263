// The console in a real browser: what ends when a button is pressed and how soon, who else gets nothing, and that every page of a
// user can be read: narrow, light, dark.

import { afterAll, beforeAll, expect, test } from "vitest";
import { browse, connectApp, openSignedIn } from "../support/at-the-desk.ts";
import { expectSound } from "../support/every-width.ts";
import { openStage, picture, type Stage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage?.close());

const at = (path: string) => `${stage.bridge.origin}${path}`;

test("a user reads what is connected and what it did, walks the pages, ends one app, and signs out", async () => {
  const app = await connectApp(stage.bridge, "ada", "My notes app");
  const other = await connectApp(stage.bridge, "ada", "Reading helper", ["notes:read"]);
  await app.call("write_note", { title: "Groceries", text: "milk" });
  for (let i = 0; i < 3; i++) await app.call("search_notes", { query: `milk ${i}` });
  await other.call("search_notes", { query: "milk" });
  await other.call("write_note", { title: "x", text: "y" });
  const { link, note } = await app.ask("Old list");
  const problems: string[] = [];
  const page = await browse(stage);
  page.on("console", (message) => problems.push(message.text()));
  await page.goto(at("/"));
  await picture(page, "landing");
  await page.goto(at("/console"));
  await picture(page, "console-sign-in");
  await openSignedIn(page, at("/console"), "ada");
  const cookies = await page.context().cookies();
  expect(cookies.map(({ name, httpOnly, secure, sameSite }) => [name, httpOnly, secure, sameSite])).toEqual([
    ["__Host-drawbridge-session", true, true, "Lax"],
  ]);
  expect(await page.getByRole("button", { name: /^Disconnect/ }).allTextContents()).toEqual([
    // The one that was used last comes first.
    "Disconnect My notes app",
    "Disconnect Reading helper",
    "Disconnect everything and sign out",
  ]);
  await picture(page, "console-connections");
  await page.getByRole("link", { name: "Approvals" }).click();
  await page.getByRole("link", { name: "Look and decide" }).click();
  expect(page.url()).toBe(link);
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByText("tell it to continue").waitFor();
  expect((await app.call("delete_note", { id: note })).result?.structuredContent).toEqual({ deleted: note });
  await app.ask("Another old list");
  await page.goto(at("/console/approvals"));
  await page.getByText("approved and used").waitFor();
  await picture(page, "console-approvals");
  await page.getByRole("link", { name: "Activity" }).click();
  await page.getByText("complete and unchanged").waitFor();
  await picture(page, "console-activity", 1100);
  await page.getByText("Filter").click();
  await page.getByLabel("What happened").selectOption("refused");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("you did not allow it").waitFor();
  expect(await page.getByText("used “Search notes”").count()).toBe(0);
  await page.getByText("How this is known").click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download the whole list" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("drawbridge-audit-log.jsonl");

  await page.getByRole("link", { name: "Connections" }).click();
  await page.getByRole("button", { name: "Disconnect Reading helper" }).click();
  await page.getByRole("heading", { name: "Disconnected" }).waitFor();
  await picture(page, "console-disconnected");
  expect([(await other.call("whoami")).status, (await app.call("whoami")).status]).toEqual([401, 200]);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("heading", { name: "You are signed out" }).waitFor();
  await picture(page, "signed-out");
  await page.goto(at("/console"));
  await page.getByRole("heading", { name: "Sign in to see your connections" }).waitFor();
  expect(problems.filter((text) => /Content Security Policy|Refused/.test(text))).toEqual([]);
});

test("from the click on Disconnect to the first refused call: measured, and printed", async () => {
  const took: number[] = [];
  for (let round = 0; round < 5; round++) {
    const app = await connectApp(stage.bridge, "bo", `App ${round}`);
    const page = await browse(stage);
    await openSignedIn(page, at("/console"), "bo");
    expect((await app.call("whoami")).status).toBe(200);
    const clicked = performance.now();
    const pressed = page.getByRole("button", { name: `Disconnect App ${round}` }).click();
    while ((await app.call("whoami")).status === 200) expect(performance.now() - clicked).toBeLessThan(10_000);
    took.push(Math.round(performance.now() - clicked));
    await pressed;
    await page.context().close();
  }
  process.stderr.write(
    `\nfrom the click on Disconnect to the refused call: ${took.toSorted((a, b) => a - b).join(", ")} ms\n`,
  );
  expect(Math.max(...took)).toBeLessThan(5_000);
});

test("the panic button: every app is refused, and every browser is signed out, at once", async () => {
  const apps = [await connectApp(stage.bridge, "cy", "One"), await connectApp(stage.bridge, "cy", "Two")];
  const [here, there] = [await browse(stage), await browse(stage)];
  await openSignedIn(here, at("/console"), "cy");
  await openSignedIn(there, at("/console/activity"), "cy");
  await here.getByRole("button", { name: "Disconnect everything and sign out" }).click();
  await here.getByText("No app is connected in your name").waitFor();
  await picture(here, "console-panic");
  expect(await Promise.all(apps.map(async (app) => (await app.call("whoami")).status))).toEqual([401, 401]);
  for (const page of [here, there]) {
    await page.goto(at("/console"));
    await page.getByRole("heading", { name: "Sign in to see your connections" }).waitFor();
  }
});

test("another site can neither press the buttons nor frame the page; another window of it learns nothing of this one", async () => {
  const app = await connectApp(stage.bridge, "dee");
  const page = await browse(stage);
  const shown = page.waitForResponse((response) => response.url() === at("/console") && response.status() === 200);
  await openSignedIn(page, at("/console"), "dee");
  expect((await shown).headers()["cross-origin-opener-policy"]).toBe("same-origin");
  const token = await page.locator(".panic input[name=form]").inputValue();
  const forged = await page.context().newPage();
  const form = `<form method="post" action="${at("/console/revoke-all")}"><input name="form" value="${token}"><button>win</button></form>`;
  const site = new URL(stage.elsewhere(form));
  for (const host of ["evil.test", "localhost", "127.0.0.1"]) {
    site.hostname = host;
    await forged.goto(site.href);
    const answered = forged.waitForResponse("**/console/revoke-all");
    await forged.getByRole("button", { name: "win" }).click();
    expect([host, (await answered).status()]).toEqual([host, 403]);
  }
  const framed = forged.waitForEvent("framenavigated", (frame) => frame.parentFrame() !== null);
  await forged.goto(stage.elsewhere(`<iframe src="${at("/console")}"></iframe>`));
  expect((await framed).url()).toMatch(/^chrome-error:/);
  expect((await app.call("whoami")).status).toBe(200);
});

const HOSTILE = "W\u202Enotes\u0421laude \u200B".repeat(9);

async function rename(grantOf: { grant: string }, name: string): Promise<void> {
  const listed = await stage.hostile.fetch(
    `${stage.hostile.origin}/rename?${new URLSearchParams({ grant: grantOf.grant, name })}`,
  );
  expect(listed.status).toBe(200);
}

/** Each page that a user can reach, in words and as its address; the bridge with hostile names serves them. */
async function pagesOf(name: string): Promise<readonly (readonly [string, string])[]> {
  const app = await connectApp(stage.hostile, name, "A very long name of an app that goes on and on", ["notes:read"]);
  await rename(app, HOSTILE);
  await app.call("search_notes", { query: "x" });
  await app.call("write_note", { title: "x", text: "y" });
  const paths = ["/console", "/console/activity", "/console/approvals", `/approvals/${"a".repeat(22)}`];
  return paths.map((path) => [path, stage.hostile.origin + path] as const);
}

test("names that strangers chose leave every page of a user as sound as it is; on a phone, in the dark", async () => {
  const page = await browse(stage);
  const hostile = await pagesOf("hostile");
  await openSignedIn(page, `${stage.hostile.origin}/console`, "hostile");
  for (const [name, url] of hostile) {
    await page.goto(url);
    await expectSound(page, `hostile ${name}`);
  }
  const asking = await connectApp(stage.bridge, "eli", "My notes app");
  await asking.call("search_notes", { query: "x" });
  const { link } = await asking.ask(`A title of some length ${"Donaudampfschifffahrt".repeat(6)}`);
  const phone = await browse(stage, { viewport: { width: 320, height: 700 }, colorScheme: "dark" });
  await openSignedIn(phone, link, "eli");
  await phone.getByText("Technical details").click();
  await picture(phone, "approval-phone-dark");
  await expectSound(phone, "a long title");
  await phone.emulateMedia({ colorScheme: "dark" });
  for (const name of ["connections", "activity", "approvals"]) {
    await phone.goto(at(name === "connections" ? "/console" : `/console/${name}`));
    await picture(phone, `console-${name}-phone-dark`, 1400);
  }
});
