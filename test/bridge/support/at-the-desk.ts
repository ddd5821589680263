// A user at a real browser in front of a bridge of the stage, and an app of theirs that calls over the wire.

import type { BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { type Answer, answerOf, type Journey } from "./journey.ts";
import type { Stage } from "./stage.ts";

const ALL = ["notes:read", "notes:write", "notes:delete"];

export async function browse(stage: Stage, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await stage.browser.newContext({ viewport: { width: 900, height: 900 }, ...options });
  return context.newPage();
}

/** Presses development sign-in on the page that asks to sign in. */
export async function signInAs(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Sign in with a name (development)" }).click();
  await page.getByLabel("Sign in as").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Signed in as").waitFor();
}

export async function openSignedIn(page: Page, url: string, name: string): Promise<void> {
  await page.goto(url);
  await signInAs(page, name);
}

export interface DeskApp {
  readonly grant: string;
  readonly call: (tool: string, args?: Record<string, unknown>) => Promise<Answer>;
  /** Adds a note and asks to delete it; the link to the approval. */
  readonly ask: (title: string, text?: string) => Promise<{ readonly note: string; readonly link: string }>;
}

export async function connectApp(
  journey: Journey,
  name: string,
  app = "My notes app",
  ticked: readonly string[] = ALL,
): Promise<DeskApp> {
  const client = await journey.register({ client_name: app });
  const { tokens } = await journey.connect({ name, client, ticked, scope: "profile:read notes:read" });
  return deskApp(journey, tokens.access_token);
}

export function deskApp(journey: Journey, token: string): DeskApp {
  const call = async (tool: string, args: Record<string, unknown> = {}) =>
    answerOf(await journey.modern(token, "tools/call", { name: tool, arguments: args }));
  return {
    grant: token.split(":")[1] ?? "",
    call,
    async ask(title, text = "milk, bread, and the other things") {
      const written = await call("write_note", { title, text });
      const note = String(written.result?.structuredContent?.["id"]);
      const refused = await call("delete_note", { id: note });
      const [link = ""] = /http:\S+\/approvals\/[\w-]+/.exec(refused.result?.content?.[0]?.text ?? "") ?? [];
      expect(link).toContain(`${journey.origin}/approvals/`);
      return { note, link };
    },
  };
}
