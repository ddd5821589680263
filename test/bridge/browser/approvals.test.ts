// The whole way of an approval in a real browser, begun by a real mcp-remote; and what other users, other sites and old sign-ins get.

import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { browse, connectApp, deskApp, openSignedIn, signInAs } from "../support/at-the-desk.ts";
import { installBrowser } from "../support/browser.ts";
import { noteOf } from "../support/results.ts";
import { link, openStage, picture, type Stage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage?.close());

const PROXY = createRequire(import.meta.url).resolve("mcp-remote/dist/proxy.js");

/** mcp-remote as Claude Desktop starts it; its user ticks everything. */
async function startRemote(name: string, flags: readonly string[]) {
  const home = await mkdtemp(join(tmpdir(), "drawbridge-remote-"));
  const tick = ["notes:read", "notes:write", "notes:delete"];
  const browser = await installBrowser(home, { name, tick });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [PROXY, stage.bridge.resource, ...flags],
    env: { ...browser.env, HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, "config") },
    stderr: "ignore",
  });
  const client = new Client({ name: "claude-ai", version: "0.1.0" });
  onTestFinished(async () => {
    await client.close();
    await rm(home, { recursive: true, force: true });
  });
  await client.connect(transport);
  return client;
}

interface Said {
  readonly isError?: boolean;
  readonly content?: readonly { readonly text?: string }[];
  readonly structuredContent?: unknown;
}

for (const flags of [[], ["--protocol", "auto"]]) {
  test(`mcp-remote ${flags.join(" ")} asks, a user opens the link, signs in and approves, and the same call runs, once`, async () => {
    const name = `remote-${flags.length}`;
    const client = await startRemote(name, flags);
    const id = noteOf(await client.callTool({ name: "write_note", arguments: { title: "Old list", text: "milk" } }));
    const other = noteOf(await client.callTool({ name: "write_note", arguments: { title: "Keep me", text: "bread" } }));
    const erase = async (note: unknown) =>
      (await client.callTool({ name: "delete_note", arguments: { id: note } })) as Said;
    const refused = await erase(id);
    const words = refused.content?.[0]?.text ?? "";
    const [url = ""] = /http:\S+\/approvals\/[\w-]{22}/.exec(words) ?? [];
    expect([refused.isError, words]).toEqual([true, expect.stringContaining("needs the user's approval")]);

    const page = await browse(stage);
    await page.goto(url);
    if (flags.length === 0) await picture(page, "approval-sign-in");
    await signInAs(page, name);
    await page.getByRole("heading", { name: "Delete the note “Old list”" }).waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("tell it to continue").waitFor();

    // Changed arguments are another call.
    const changed = await erase(other);
    expect([changed.isError, changed.content?.[0]?.text?.includes(url)]).toEqual([true, false]);
    expect((await erase(id)).structuredContent).toEqual({ deleted: id });
    const replayed = await erase(id);
    expect([replayed.isError, replayed.content?.[0]?.text]).toEqual([true, expect.stringMatching(/\/approvals\//)]);
    expect(replayed.content?.[0]?.text).not.toContain(url);
    await page.goto(url);
    await page.getByRole("heading", { name: "Approved and used" }).waitFor();
  });
}

test("the page says what is lost, on the keyboard alone; Refuse comes first, is as large as Approve, and ends it", async () => {
  const app = await connectApp(stage.bridge, "una");
  const { link: url, note } = await app.ask("Groceries");
  const page = await browse(stage);
  await openSignedIn(page, url, "una");
  await picture(page, "approval");
  await page.getByText("Technical details").click();
  await page.getByText(note).waitFor();
  const [refuse, approve] = [
    page.getByRole("button", { name: "Refuse" }),
    page.getByRole("button", { name: "Approve" }),
  ];
  const [one, two] = [await refuse.boundingBox(), await approve.boundingBox()];
  expect([one?.width, one?.height]).toEqual([two?.width, two?.height]);
  const seen: string[] = [];
  while (seen.at(-1) !== "Approve" && seen.length < 12) {
    await page.keyboard.press("Tab");
    seen.push((await page.locator(":focus").textContent()) ?? "");
  }
  expect(seen.slice(-2)).toEqual(["Refuse", "Approve"]);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Refused" }).waitFor();
  await picture(page, "approval-refused");
  expect((await app.call("delete_note", { id: note })).result?.content?.[0]?.text).toContain("declined");
});

test("who signed in at another time than just now signs in once more before Approve works", async () => {
  const page = await browse(stage);
  const { client, url } = await link(stage.bridge, stage.app, "My notes app");
  await page.goto(url);
  await page.getByText(/more that it did not ask for/).click();
  for (const words of ["add notes, and replace", "delete notes of yours"]) await page.getByText(words).click();
  await page.getByRole("button", { name: "Allow, then sign in with Example ID" }).click();
  await atProvider(page, "ada");
  await page.waitForURL(`${stage.app}?**`);
  const code = new URL(page.url()).searchParams.get("code") ?? "";
  const { access_token: token } = (await (await stage.bridge.redeem(client, code)).json()) as { access_token: string };
  const { link: approval, note } = await deskApp(stage.bridge, token).ask("Diary");

  // The console asks for no fresh sign-in, so the provider does not say when its session began.
  await page.goto(`${stage.bridge.origin}/console`);
  await page.getByRole("button", { name: "Sign in with Example ID" }).click();
  await page.getByText("Signed in as").waitFor();
  await page.goto(approval);
  await page.getByText("sign in again").waitFor();
  expect(await page.getByRole("button", { name: "Approve", exact: true }).count()).toBe(0);
  await picture(page, "approval-old-sign-in");
  await page.getByRole("button", { name: "Sign in with Example ID to approve" }).click();
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page.getByText("tell it to continue").waitFor();
  await picture(page, "approval-approved");
  const done = await deskApp(stage.bridge, token).call("delete_note", { id: note });
  expect(done.result?.structuredContent).toEqual({ deleted: note });
});

async function atProvider(page: Page, login: string): Promise<void> {
  await page.waitForURL("http://localhost:*/interaction/**");
  await page.locator("input[name=login]").fill(login);
  await page.locator("input[name=password]").fill("any");
  await page.locator("button[type=submit]").click();
  await page.getByRole("button", { name: "Continue" }).click();
}

test("another user, and anyone who is not signed in, see nothing of it; a callback is for one browser and one time", async () => {
  const app = await connectApp(stage.bridge, "vic");
  const { link: url } = await app.ask("Secret plan");
  const eve = await browse(stage);
  await eve.goto(url);
  expect(await eve.content()).not.toContain("Secret plan");
  await signInAs(eve, "eve");
  await eve.getByRole("heading", { name: "Not found" }).waitFor();
  expect(await eve.content()).not.toContain("Secret plan");
  await picture(eve, "approval-not-found");

  const vic = await browse(stage);
  await vic.goto(url);
  await vic.getByRole("button", { name: "Sign in with a name (development)" }).click();
  const callbacks: string[] = [];
  vic.on("request", (request) => {
    if (request.url().includes("/callback?")) callbacks.push(request.url());
  });
  const state = new URL(vic.url()).searchParams.get("state") ?? "";
  const callback = `${stage.bridge.origin}/sign-in/development/callback?${new URLSearchParams({ state, name: "vic" })}`;
  const other = await browse(stage);
  expect((await other.goto(callback))?.status()).toBe(400);
  await picture(other, "sign-in-elsewhere");
  await vic.getByLabel("Sign in as").fill("vic");
  await vic.getByRole("button", { name: "Sign in" }).click();
  await vic.getByText("Secret plan").waitFor();
  expect(callbacks).toHaveLength(1);
  expect((await vic.goto(callbacks[0] ?? ""))?.status()).toBe(400);
});

test("a form of another site, with the very token of the page, decides nothing; and the page cannot be framed", async () => {
  const app = await connectApp(stage.bridge, "wim");
  const { link: url, note } = await app.ask("Keep this");
  const page = await browse(stage);
  await openSignedIn(page, url, "wim");
  const token = await page.locator("main input[name=form]").first().inputValue();
  const fields = `<input name="form" value="${token}"><input name="decision" value="approve"><button>win</button>`;
  const site = new URL(stage.elsewhere(`<form method="post" action="${url}">${fields}</form>`));
  const forged = await page.context().newPage();
  for (const host of ["evil.test", "localhost", "127.0.0.1"]) {
    site.hostname = host;
    await forged.goto(site.href);
    const answered = forged.waitForResponse(url);
    await forged.getByRole("button", { name: "win" }).click();
    expect([host, (await answered).status()]).toEqual([host, 403]);
  }
  expect((await app.call("delete_note", { id: note })).result?.isError).toBe(true);

  const framed = forged.waitForEvent("framenavigated", (frame) => frame.parentFrame() !== null);
  await forged.goto(stage.elsewhere(`<iframe src="${url}" width="600" height="600"></iframe>`));
  expect((await framed).url()).toMatch(/^chrome-error:/);
  await page.getByRole("button", { name: "Approve" }).click();
  await page.getByText("tell it to continue").waitFor();
});
