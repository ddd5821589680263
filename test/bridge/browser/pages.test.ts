// What strangers can make the pages show, what the second page says, and that all of it fits on a phone.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectSound } from "../support/every-width.ts";
import { link, openStage, picture, type Stage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage?.close());

const ASKS = { scope: "profile:read notes:read notes:write" };

async function browse(width = 720, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const context = await stage.browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  return context.newPage();
}

async function openAs(name: string, page: Page): Promise<void> {
  const { client, url } = await link(stage.hostile, stage.app, "Notes", ASKS);
  const rename = new URLSearchParams({ client: client.id, name });
  expect((await fetch(`${stage.hostile.origin}/rename?${rename}`)).status).toBe(200);
  await page.goto(url);
}

async function reachSecondPage(page: Page): Promise<void> {
  const { url } = await link(stage.hostile, stage.app, "My notes app", ASKS);
  await page.goto(url);
  await page.getByRole("button", { name: /^Allow/ }).click();
  await page.getByLabel("Sign in as").fill("ada");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Less than you ticked" }).waitFor();
}

const HOSTILE = [
  { name: "\u0421laude", shows: "\u0421U+0421", says: "mixes alphabets", picture: "look-alike-name" },
  { name: "Notes\u202E gnp.exe\u202C", shows: "U+202E", says: "hidden characters", picture: "hidden-characters" },
  { name: "No\u200Btes\u{E0041}", shows: "U+200B", says: "hidden characters" },
  { name: "<img src=x onerror=alert(1)><b>Notes", shows: "<img src=x", says: "shown as plain text" },
  { name: "Notes ".repeat(400), shows: "…", says: "longer than what is shown" },
  { name: `Z${"\u0335\u0321\u0322\u0327".repeat(60)}algo`, shows: "algo", says: "Nobody has checked it" },
  { name: "W".repeat(3000), shows: "…", says: "longer than what is shown" },
] as const;

test("hostile names are shown as text, every hidden or foreign letter with its code point, and labelled", async () => {
  const page = await browse();
  const dialogs: string[] = [];
  page.on("dialog", (dialog) => dialogs.push(dialog.message()));
  for (const hostile of HOSTILE) {
    await openAs(hostile.name, page);
    const name = page.locator("dd .name");
    expect(await name.textContent()).toContain(hostile.shows);
    expect(await page.locator("main").textContent()).toContain(hostile.says);
    expect(await page.locator("main img, main b, main a:not([href='/console'])").count()).toBe(0);
    // It stays inside its own box, and the buttons stay where they are.
    const box = await name.boundingBox();
    expect(box?.height ?? 999).toBeLessThan(150);
    if ("picture" in hostile) await picture(page, hostile.picture, 640);
    await expectSound(page, hostile.name.slice(0, 20));
  }
  expect(dialogs).toEqual([]);
});

test("the second page names the user and what is left; Cancel gives nothing, Continue what is left", async () => {
  for (const [button, error] of [
    ["Cancel", "access_denied"],
    ["Continue", null],
  ] as const) {
    const page = await browse();
    await reachSecondPage(page);
    expect(await page.locator("main").innerText()).toMatch(/Signed in as\s+ada/);
    if (button === "Cancel") await picture(page, "second-page");
    await page.getByRole("button", { name: button }).click();
    await page.waitForURL(`${stage.app}?**`);
    const told = new URL(page.url()).searchParams;
    expect([told.get("error"), told.get("code") === null]).toEqual([error, error !== null]);
  }
});

test("on a phone, in the dark", async () => {
  const page = await browse(320, "dark");
  const { url } = await link(stage.bridge, stage.app, "My notes app", ASKS);
  for (const [name, shown] of [
    ["landing-phone-dark", stage.bridge.origin],
    ["consent-phone-dark", url],
  ] as const) {
    await page.goto(shown);
    await picture(page, name, 1400);
    await expectSound(page, name);
    await page.emulateMedia({ colorScheme: "dark" });
  }
});
