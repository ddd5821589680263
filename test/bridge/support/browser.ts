#!/usr/bin/env node
// A user with a browser and no screen: opens the consent page, ticks, allows, signs in, and is sent back to the client's
// own listener. Reads the pages as a browser does (forms, cookies, redirects) and knows no other way in. Imported by tests,
// and run as $BROWSER by clients that open one, with DRAWBRIDGE_NAME, DRAWBRIDGE_TICK and DRAWBRIDGE_VISITS.

import { appendFile, chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface User {
  /** Typed at the development sign-in. */
  readonly name: string;
  /** Exactly these are ticked; without it the page is taken as it stands. */
  readonly tick?: readonly string[] | undefined;
}

/** What the user saw. */
export interface Visit {
  /** What the client asked for. */
  readonly asked: readonly string[];
  readonly ticked: readonly string[];
  /** What the client's own listener said at the end. */
  readonly said: string;
}

/** From the link that a client opened to the page that it shows at the end. */
export async function visit(link: string, user: User): Promise<Visit> {
  const browse = createBrowser();
  const consent = await browse(link);
  const { inputs } = formOf(consent);
  if (!consent.html.includes(`value="${ALLOW}"`))
    throw new Error(`development sign-in is not offered: ${words(consent)}`);
  const wanted = ({ value, checked }: Input) => (user.tick === undefined ? checked : user.tick.includes(value));
  const boxes = inputs.filter(({ type, disabled }) => type === "checkbox" && !disabled);
  const ticked = boxes.filter(wanted).map(({ value }) => value);
  const signIn = await submit(browse, consent, { scope: ticked, decision: [ALLOW] });
  const landed = await submit(browse, signIn, { name: [user.name] });
  if (landed.status >= 400) throw new Error(`the client answered ${landed.status}: ${words(landed)}`);
  const asked = (new URL(link).searchParams.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  return { asked, ticked, said: landed.html };
}

/** The button of the consent page that leads to development sign-in. */
const ALLOW = "allow:development";

interface Page {
  readonly url: URL;
  readonly status: number;
  readonly html: string;
}

type Browse = (url: string | URL, form?: URLSearchParams) => Promise<Page>;

function createBrowser(): Browse {
  // Cookies know hosts, not ports (RFC 6265 §8.5).
  const jar = new Map<string, Map<string, string>>();

  async function browse(address: string | URL, form?: URLSearchParams, hops = 0): Promise<Page> {
    const url = new URL(address);
    const cookies = jar.get(url.hostname) ?? new Map<string, string>();
    jar.set(url.hostname, cookies);
    const headers = new Headers({ accept: "text/html", cookie: [...cookies].map((pair) => pair.join("=")).join("; ") });
    if (form !== undefined) headers.set("origin", url.origin);
    const init: RequestInit = form === undefined ? { headers } : { method: "POST", headers, body: form };
    const response = await reach(url, { ...init, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (/;\s*max-age=0/i.test(cookie)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const html = await response.text();
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null && hops < 10) {
      return browse(new URL(location, url), undefined, hops + 1);
    }
    return { url, status: response.status, html };
  }

  return browse;
}

/** Some clients open their listener only after they have opened the browser. A user is slower than they are, or reloads. */
async function reach(url: URL, init: RequestInit): Promise<Response> {
  const patience = Date.now() + 10_000;
  for (;;) {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (Date.now() > patience) throw new Error(`nobody answers at ${url.origin}${url.pathname}`, { cause: error });
    }
    await setTimeout(20);
  }
}

interface Input {
  readonly type: string;
  readonly name: string;
  readonly value: string;
  readonly checked: boolean;
  readonly disabled: boolean;
}

function formOf(page: Page): {
  readonly method: string;
  readonly action: URL;
  readonly inputs: readonly Input[];
} {
  const [, opening = "", body = ""] = /<form\b([^>]*)>([\s\S]*?)<\/form>/.exec(page.html) ?? [];
  if (opening === "") throw new Error(`no form at ${page.url.pathname} (${page.status}): ${words(page)}`);
  const form = attributesOf(opening);
  const inputs = [...body.matchAll(/<input\b([^>]*)>/g)].map(([, text = ""]) => {
    const { type = "text", name = "", value = "", ...more } = attributesOf(text);
    return { type, name, value, checked: "checked" in more, disabled: "disabled" in more };
  });
  return { method: form["method"] ?? "get", action: new URL(form["action"] ?? "", page.url), inputs };
}

/** Sends a page's form: its hidden fields and chosen radio buttons as they stand, and what the user put in. */
async function submit(browse: Browse, page: Page, given: Readonly<Record<string, readonly string[]>>): Promise<Page> {
  const { method, action, inputs } = formOf(page);
  const standing = inputs.filter(({ type, checked }) => type === "hidden" || (type === "radio" && checked));
  const fields = new URLSearchParams(standing.map(({ name, value }) => [name, value]));
  for (const [name, values] of Object.entries(given)) for (const value of values) fields.append(name, value);
  if (method === "post") return browse(action, fields);
  action.search = fields.toString();
  return browse(action);
}

function attributesOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/([\w-]+)(?:="([^"]*)")?/g)];
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, decode(value)]));
}

function decode(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** A page without its markup, for error messages. */
function words({ html }: Page): string {
  const text = html.replace(/<(style|script|head)\b[\s\S]*?<\/\1>/g, " ").replace(/<[^>]*>/g, " ");
  return decode(text).replace(/\s+/g, " ").trim().slice(0, 500);
}

/** A browser for a client to open. `env` goes into the client's environment; `visits` says what happened since. */
export async function installBrowser(folder: string, user: User) {
  const bin = join(folder, "browser");
  const log = join(folder, "visits.ndjson");
  await mkdir(bin, { recursive: true });
  const begun = join(folder, "visits.begun");
  for (const file of [log, begun]) await writeFile(file, "");
  // Named `open`, because that is what macOS clients run; elsewhere they read $BROWSER.
  const command = join(bin, "open");
  await writeFile(
    command,
    `#!/bin/sh\necho >> "${begun}"\nexec "${process.execPath}" "${fileURLToPath(import.meta.url)}" "$@"\n`,
  );
  await chmod(command, 0o755);
  const env: Record<string, string> = {
    BROWSER: command,
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    DRAWBRIDGE_NAME: user.name,
    DRAWBRIDGE_VISITS: log,
  };
  if (user.tick !== undefined) env["DRAWBRIDGE_TICK"] = user.tick.join(" ");
  const visits = async (): Promise<readonly Visit[]> => {
    const linesOf = async (file: string) => (await readFile(file, "utf8")).split("\n").slice(0, -1);
    // The client has its code before its browser has read the last page and said so.
    const patience = Date.now() + 10_000;
    let lines = await linesOf(log);
    for (; lines.length < (await linesOf(begun)).length && Date.now() < patience; lines = await linesOf(log))
      await setTimeout(20);
    return lines.map((line) => {
      const seen = JSON.parse(line) as Visit | { readonly error: string };
      if ("error" in seen) throw new Error(seen.error);
      return seen;
    });
  };
  return { env, visits };
}

async function main(link: string): Promise<void> {
  const { DRAWBRIDGE_NAME: name = "ada", DRAWBRIDGE_TICK: tick, DRAWBRIDGE_VISITS: log } = process.env;
  const write = async (seen: object) => {
    if (log !== undefined) await appendFile(log, `${JSON.stringify(seen)}\n`);
  };
  try {
    await write(await visit(link, { name, tick: tick?.split(/[\s,]+/).filter((scope) => scope !== "") }));
  } catch (error) {
    // Clients that open a browser throw away what it prints.
    console.error(`browser: ${error}`);
    await write({ error: String(error) });
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2] ?? "");
