// The pages in a real browser: with its cookies, its Origin headers, its content security policy and its keyboard.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { link, openStage, picture, type Stage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage?.close());

const ASKS = { scope: "profile:read notes:read notes:write" };
const VIEW = { width: 720, height: 900 };

async function browse(options: object = {}): Promise<Page> {
  const context = await stage.browser.newContext({ viewport: VIEW, ...options });
  return context.newPage();
}

/** Waits until the app's own listener was reached, and reads what it was told. */
async function landed(page: Page): Promise<URLSearchParams> {
  await page.waitForURL(`${stage.app}?**`);
  return new URL(page.url()).searchParams;
}

const allow = (page: Page, label: string) =>
  page.getByRole("button", { name: `Allow, then sign in with ${label}` }).click();

async function signInAtProvider(page: Page, login: string): Promise<void> {
  await page.waitForURL("http://localhost:*/interaction/**");
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("a user allows an app on the keyboard alone, with development sign-in, and every focus can be seen", async () => {
  const page = await browse();
  const { url } = await link(stage.bridge, stage.app, "My notes app", ASKS);
  await page.goto(url);
  await picture(page, "consent");
  const seen: string[] = [];
  const wanted = "Allow, then sign in with a name (development)";
  while (seen.at(-1) !== wanted && seen.length < 20) {
    await page.keyboard.press("Tab");
    seen.push(
      await page.locator(":focus").evaluate((at) => {
        const box = at.closest(".choice") ?? at;
        const outlined =
          Number.parseFloat(at.ownerDocument.defaultView?.getComputedStyle(box).outlineWidth ?? "0") >= 3;
        return `${outlined ? "" : "unseen: "}${at.textContent?.trim() || at.getAttribute("value")}`;
      }),
    );
  }
  expect(seen.filter((text) => text.startsWith("unseen"))).toEqual([]);
  expect(seen.slice(-2)).toEqual(["Deny", wanted]);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/sign-in/development?**");
  await picture(page, "development-sign-in");
  // Past the link to the front page.
  for (let tab = 0; tab < 2; tab++) await page.keyboard.press("Tab");
  await page.keyboard.type("ada");
  await page.keyboard.press("Enter");
  const told = await landed(page);
  expect([told.get("iss"), told.get("state"), told.get("error")]).toEqual([stage.bridge.origin, "state-1", null]);
  expect(told.get("code")).toMatch(/^dbr1_/);
});

test("Deny is one click: the form arrives with its real Origin, the way back is not blocked, nothing is granted", async () => {
  const page = await browse();
  const { url } = await link(stage.bridge, stage.app, "My notes app");
  const origins: (string | undefined)[] = [];
  const problems: string[] = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("request", async (request) => {
    if (request.method() === "POST") origins.push((await request.allHeaders())["origin"]);
  });
  await page.goto(url);
  await page.getByRole("button", { name: "Deny" }).click();
  const told = await landed(page);
  expect([told.get("error"), told.get("iss"), told.get("code")]).toEqual(["access_denied", stage.bridge.origin, null]);
  expect(origins).toEqual([stage.bridge.origin]);
  expect(problems.filter((text) => /Content Security Policy|Refused/.test(text))).toEqual([]);
});

test("both providers: a user signs in there, comes back, and the app gets what was ticked", async () => {
  for (const [label, there] of [
    ["GitHub", async () => {}],
    ["Example ID", (page: Page) => signInAtProvider(page, "ada")],
  ] as const) {
    const page = await browse();
    const { client, url } = await link(stage.bridge, stage.app, "My notes app", ASKS);
    await page.goto(url);
    await page.getByText("add notes, and replace").click();
    await allow(page, label);
    await there(page);
    const answer = await stage.bridge.redeem(client, (await landed(page)).get("code") ?? "");
    expect([label, ((await answer.json()) as { scope: string }).scope]).toEqual([label, "profile:read notes:read"]);
  }
});

test("what a provider answers is worth nothing in another browser", async () => {
  const page = await browse();
  const { url } = await link(stage.bridge, stage.app, "My notes app");
  await page.goto(url);
  await allow(page, "Example ID");
  // Without the bridge's cookie this browser is another one, which is where a thief would open the answer.
  const cookies = await page.context().cookies(stage.bridge.origin);
  await page.context().clearCookies({ domain: "127.0.0.1" });
  await signInAtProvider(page, "ada");
  await page.waitForURL("**/sign-in/oidc/callback?**");
  const callback = page.url();
  expect(callback).toContain("code=");
  const other = await browse();
  expect((await other.goto(callback))?.status()).toBe(400);
  expect(new URL(other.url()).pathname).toBe("/sign-in/oidc/callback");
  await picture(other, "refused");
  // The browser that asked still gets there: the thief has used nothing up.
  await page.context().addCookies(cookies);
  await page.goto(callback);
  expect((await landed(page)).get("code")).toMatch(/^dbr1_/);
});

test("a form of another site does nothing, even with a handle that it got hold of", async () => {
  const page = await browse();
  const { url } = await link(stage.bridge, stage.app, "My notes app");
  await page.goto(url);
  const handle = await page.locator("input[name=handle]").inputValue();
  const forged = await page.context().newPage();
  const fields = { handle, decision: "allow:development", lifetime: "604800", scope: "notes:write" };
  const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`);
  const form = `<form method="post" action="${stage.bridge.origin}/authorize">${inputs.join("")}<button>win</button></form>`;
  const site = new URL(stage.elsewhere(form));
  // The second address is one that the origin guard lets through on a laptop: there the cookie is what is missing.
  for (const [host, status] of [
    ["evil.test", 403],
    ["localhost", 400],
  ] as const) {
    site.hostname = host;
    await forged.goto(site.href);
    const answered = forged.waitForResponse("**/authorize");
    await forged.getByRole("button", { name: "win" }).click();
    expect([host, (await answered).status()]).toEqual([host, status]);
  }
  await page.getByRole("button", { name: "Deny" }).click();
  expect((await landed(page)).get("error")).toBe("access_denied");
});

test("the consent page cannot be framed", async () => {
  const page = await browse();
  const { url } = await link(stage.bridge, stage.app, "My notes app");
  const framed = page.waitForEvent("framenavigated", (frame) => frame.parentFrame() !== null);
  await page.goto(stage.elsewhere(`<iframe src="${url.replaceAll("&", "&amp;")}" width="600" height="600"></iframe>`));
  const frame = await framed;
  expect(frame.url()).toMatch(/^chrome-error:/);
  expect(await frame.locator("form").count()).toBe(0);
});

test("a handle that was used is used up, even for the browser that has its cookie", async () => {
  const page = await browse();
  const { url } = await link(stage.bridge, stage.app, "My notes app");
  await page.goto(url);
  const handle = await page.locator("input[name=handle]").inputValue();
  const cookies = await page.context().cookies();
  expect(cookies.map(({ httpOnly, secure, sameSite }) => [httpOnly, secure, sameSite])).toEqual([[true, true, "Lax"]]);
  await page.getByRole("button", { name: "Deny" }).click();
  await landed(page);
  await page.context().addCookies(cookies);
  const again = await browse();
  await again.context().addCookies(cookies);
  await again.goto(url);
  await again.locator("input[name=handle]").evaluate((input, value) => input.setAttribute("value", value), handle);
  const answered = again.waitForResponse("**/authorize");
  await again.getByRole("button", { name: "Deny" }).click();
  expect((await answered).status()).toBe(400);
});
