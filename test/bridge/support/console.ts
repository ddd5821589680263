// A user at the console, over nothing but HTTP, and an app of theirs.

import { expect } from "vitest";
import { type Browsing, hidden } from "./browsing.ts";
import { answerOf } from "./journey.ts";
import { journey, ledgerOf, openBrowser } from "./worker.ts";

export async function signedIn(name: string): Promise<Browsing> {
  const browser = openBrowser();
  expect((await browser.signIn(name, "/console")).status).toBe(303);
  return browser;
}

/** A connected app, and one call of it. */
export async function connected(name: string, app = "My notes app", ticked = ["notes:read", "notes:write"]) {
  const client = await journey.register({ client_name: app });
  const { tokens } = await journey.connect({ name, client, ticked, scope: "profile:read notes:read notes:write" });
  const token = tokens.access_token;
  const use = async (tool = "whoami", args: Record<string, unknown> = {}) =>
    answerOf(await journey.modern(token, "tools/call", { name: tool, arguments: args }));
  return { client, tokens, token, use, grant: token.split(":")[1] ?? "", ledger: ledgerOf(token) };
}

/** What stands in the sheet, as markup and as words. */
export const textOf = async (browser: Browsing, path: string) => {
  const html = await (await browser.get(path)).text();
  const main = html.slice(html.indexOf("<main>"));
  return {
    html: main,
    text: main
      .replace(/<[^>]*>/g, " ")
      .replace(/\s+/g, " ")
      .replaceAll("&#39;", "'"),
  };
};

/** The form of one connection, or the last form of the page, which ends everything. */
export function formFor(html: string, action: string): { form: string; grant: string } {
  const form = html.slice(html.indexOf(`action="${action}"`));
  return { form: hidden(form, "form"), grant: hidden(form, "grant") };
}
