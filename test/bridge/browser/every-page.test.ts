// Every page, errors included: axe-core's rules, at both ends of width, light, dark and with text twice as large. And what users do
// to pages: reload, Back, two tabs, a double click, no cookies, no JavaScript.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browse, connectApp, openSignedIn, signInAs } from "../support/at-the-desk.ts";
import { expectSound } from "../support/every-width.ts";
import { link, openStage, type Stage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage?.close());

const at = (path: string) => `${stage.bridge.origin}${path}`;
const ASKS = { scope: "profile:read notes:read notes:write" };
const ALLOW = "Allow, then sign in with a name (development)";

const consent = async (options: object = ASKS) => (await link(stage.bridge, stage.app, "My notes app", options)).url;
const heading = (page: Page, name: string) => page.getByRole("heading", { name, exact: true }).waitFor();
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel("Sign in as").fill(name);
  await press(page, "Sign in");
}

test("pages for everybody, and what is shown when something is wrong", { timeout: 120_000 }, async () => {
  const page = await browse(stage);
  const show = async (path: string, title: string, status: number) => {
    const answer = await page.goto(at(path));
    await heading(page, title);
    expect([path, answer?.status()]).toEqual([path, status]);
    await expectSound(page, `${title} ${path.slice(0, 16)}`);
  };
  await show("/", "Your tools, on your terms", 200);
  await show("/nope", "There is no page here", 404);
  await show("/oauth/token", "This address is for apps", 405);
  await show("/mcp", "This address is for apps", 401);
  await show(`/${"a".repeat(9000)}`, "The address is too long", 414);
  await show("/sign-in/oidc/callback?state=made-up", "This page cannot be used here", 400);
  await show("/sign-in/oidc/callback?state=browser.made-up", "This sign-in did not work", 400);
  await show("/authorize?client_id=made-up", "The app is not registered here", 400);
  await show("/authorize", "The app sent a faulty request", 400);
  await show("/console", "Sign in to see your connections", 200);
  await show(`/approvals/${"a".repeat(22)}`, "Sign in to decide", 200);
  await page.goto(at("/console/"));
  expect(page.url()).toBe(at("/console"));
});

test("consent, sign-in and both second pages; forms that are over", { timeout: 120_000 }, async () => {
  const page = await browse(stage);
  const { url } = await link(stage.bridge, stage.app, "My notes app", ASKS);
  await page.goto(url);
  await expectSound(page, "consent");
  await page.getByText("2 more that it did not ask for").click();
  await page.getByText("delete notes of yours").click();
  await page.getByText("What is deleted cannot be brought back.").waitFor();
  await expectSound(page, "consent with what deletes");
  // Enter in a tick neither denies nor allows.
  await page.getByRole("checkbox", { name: /search and read/ }).press("Enter");
  expect(page.url()).toBe(url);
  await press(page, ALLOW);
  await expectSound(page, "development sign-in");
  // Spaces are no name, and the browser says so.
  await signIn(page, "   ");
  await page.getByLabel("Sign in as").waitFor();
  await signIn(page, "zoe");
  await page.waitForURL(`${stage.app}?**`);
  await page.goBack();
  await page.goto(await consent({}));
  await expectSound(page, "consent that asks for the usual");

  await page.context().clearCookies();
  await press(page, "Deny");
  await heading(page, "This page cannot be used here");
  // Back shows a fresh form; a form that was sent is used up.
  await page.goto(await consent());
  const used = await page.locator("input[name=handle]").inputValue();
  await press(page, "Deny");
  await page.waitForURL(`${stage.app}?**`);
  await page.goBack();
  await page.locator("input[name=handle]").evaluate((input, value) => input.setAttribute("value", value), used);
  await press(page, "Deny");
  await heading(page, "You have decided already");
  await expectSound(page, "decided already");

  const narrowed = await link(stage.hostile, stage.app, "My notes app", ASKS);
  await page.goto(narrowed.url);
  await press(page, ALLOW);
  await signIn(page, "zoe");
  await heading(page, "Less than you ticked");
  await expectSound(page, "less than ticked");

  const app = await link(stage.bridge, stage.app, "Replaced app", ASKS);
  const ticked = ["notes:read", "notes:write"];
  await stage.bridge.connect({ name: "yan", client: app.client, ticked, scope: "notes:read notes:write" });
  await page.goto(app.url);
  await page.getByText("add notes, and replace").click();
  await press(page, ALLOW);
  await signIn(page, "yan");
  await heading(page, "This replaces a connection");
  await expectSound(page, "replaces");
  await press(page, "Continue");
  await page.waitForURL(`${stage.app}?**`);
});

test("the pages of a signed-in user, and what their forms lead to", { timeout: 180_000 }, async () => {
  const app = await connectApp(stage.bridge, "uma", "My notes app");
  const other = await connectApp(stage.bridge, "uma", "My notes app", ["notes:read"]);
  await app.call("search_notes", { query: "x" });
  await other.call("write_note", { title: "x", text: "y" });
  const text = "Milk, bread, and the other things. ".repeat(12);
  const { link: first } = await app.ask("Groceries", text);
  const { link: second } = await app.ask("Diary of a long winter in the north", text);
  const page = await browse(stage);
  await openSignedIn(page, first, "uma");
  await heading(page, "An app asks for your approval");
  await page.getByText("Technical details").click();
  await expectSound(page, "approval");
  const stale = await page.context().newPage();
  await stale.goto(second);
  await press(page, "Approve");
  await heading(page, "Approved");
  await expectSound(page, "approved");
  await page.goto(second);
  await press(page, "Refuse");
  await heading(page, "Refused");
  await page.reload();
  await heading(page, "Refused");
  await expectSound(page, "refused");
  await page.goto(at(`/approvals/${"a".repeat(22)}`));
  await expectSound(page, "not found");
  await app.ask("Third", text);
  for (const path of ["/console", "/console/activity", "/console/activity?tool=whoami", "/console/approvals"]) {
    await page.goto(at(path));
    for (const folded of await page.locator("summary").all()) await folded.click();
    await expectSound(page, path);
  }
  await page.goto(at("/console"));
  await page.getByRole("link", { name: "Something is wrong? Disconnect everything" }).click();
  await page
    .getByRole("button", { name: /^Disconnect My/ })
    .first()
    .click();
  await heading(page, "Disconnected");
  await page.reload();
  await heading(page, "Disconnected");
  await expectSound(page, "disconnected");
  await page.goBack();
  // Signed out in another tab: a form that is still open does nothing, and says so.
  await stale.goto(at("/console"));
  await press(page, "Sign out");
  await heading(page, "You are signed out");
  await expectSound(page, "signed out");
  await press(stale, "Disconnect everything and sign out");
  await heading(stale, "Nothing was disconnected");
  await expectSound(stale, "nothing was disconnected");
  await signInAs(stale, "uma");
  await press(stale, "Disconnect everything and sign out");
  await heading(stale, "Everything is disconnected");
  await stale.reload();
  await expectSound(stale, "everything disconnected");
  await openSignedIn(page, at("/console"), "uma");
  await expectSound(page, "no connections");
});

test("a double click does what one does, and two tabs sign in side by side", async () => {
  const page = await browse(stage);
  await page.goto(await consent());
  await page.getByRole("button", { name: ALLOW }).dblclick();
  await signIn(page, "val");
  await page.waitForURL(`${stage.app}?**`);
  const app = await connectApp(stage.bridge, "val", "Val's app");
  const { link: url } = await app.ask("Twice");
  const tab = await page.context().newPage();
  await page.goto(url);
  await tab.goto(at("/console"));
  for (const one of [page, tab]) await press(one, "Sign in with a name (development)");
  for (const one of [page, tab]) await signIn(one, "val");
  await page.goto(url);
  await page.getByRole("button", { name: "Approve", exact: true }).dblclick();
  await heading(page, "Approved");
  await tab.goto(at("/console"));
  await tab.getByRole("button", { name: "Disconnect Val's app" }).dblclick();
  await tab.getByText("No app is connected.").waitFor();
});

test("without JavaScript everything works: allow, approve, disconnect", async () => {
  const page = await browse(stage, { javaScriptEnabled: false });
  await page.goto(await consent());
  await press(page, ALLOW);
  await signIn(page, "wyn");
  await page.waitForURL(`${stage.app}?**`);
  const app = await connectApp(stage.bridge, "wyn", "Wyn's app");
  const { link: url } = await app.ask("Plain");
  await openSignedIn(page, url, "wyn");
  await press(page, "Approve");
  await heading(page, "Approved");
  await page.goto(at("/console"));
  await press(page, "Disconnect everything and sign out");
  await heading(page, "Everything is disconnected");
});
