#!/usr/bin/env node
// A person with a browser and no screen: opens the consent page, ticks, allows, signs in, and is sent back to the client's
// own listener. Reads the pages as a browser does (forms, cookies, redirects) and knows no other way in. Imported by tests,
// and run as $BROWSER by clients that open one, with DRAWBRIDGE_NAME, DRAWBRIDGE_TICK and DRAWBRIDGE_VISITS.

import { appendFile, chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface Person {
  /** Typed at the development sign-in. */
  readonly name: string;
  /** Exactly these are ticked; without it the page is taken as it stands. */
  readonly tick?: readonly string[] | undefined;
}

/** What the person saw. */
export interface Visit {
  /** What the client asked for. */
  readonly asked: readonly string[];
  readonly ticked: readonly string[];
  /** Where it ended: the client's own listener, and what that said. */
  readonly landed: string;
  readonly status: number;
  readonly said: string;
}

/** From the link that a client opened to the page that it shows at the end. */
export async function visit(link: string, person: Person): Promise<Visit> {
  const browse = createBrowser();
  const consent = await browse(link);
  const boxes = formOf(consent).inputs.filter(({ type }) => type === "checkbox");
  const wanted = ({ value, checked }: Input) => (person.tick === undefined ? checked : person.tick.includes(value));
  const ticked = boxes.filter((box) => !box.disabled && wanted(box)).map(({ value }) => value);
  const signIn = await submit(browse, consent, { scope: ticked, decision: ["allow:development"] });
  const landed = await submit(browse, signIn, { name: [person.name] });
  const asked = (new URL(link).searchParams.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  return { asked, ticked, landed: landed.url.href, status: landed.status, said: landed.html };
}

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

/** Some clients open their listener only after they have opened the browser. A person is slower than they are, or reloads. */
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

function formOf({ url, status, html }: Page): {
  readonly method: string;
  readonly action: URL;
  readonly inputs: readonly Input[];
} {
  const [, opening = "", body = ""] = /<form\b([^>]*)>([\s\S]*?)<\/form>/.exec(html) ?? [];
  if (opening === "") throw new Error(`no form at ${url.origin}${url.pathname} (${status}): ${wordsOf(html)}`);
  const form = attributesOf(opening);
  const inputs = [...body.matchAll(/<input\b([^>]*)>/g)].map(([, text = ""]) => {
    const { type = "text", name = "", value = "", ...more } = attributesOf(text);
    return { type, name, value, checked: "checked" in more, disabled: "disabled" in more };
  });
  return { method: form["method"] ?? "get", action: new URL(form["action"] ?? "", url), inputs };
}

/** Sends a page's form: its hidden fields and chosen radio buttons as they stand, and what the person put in. */
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
export function wordsOf(html: string): string {
  const text = html.replace(/<(style|script|head)\b[\s\S]*?<\/\1>/g, " ").replace(/<[^>]*>/g, " ");
  return decode(text).replace(/\s+/g, " ").trim().slice(0, 500);
}

/** A browser for a client to open. `env` goes into the client's environment; `visits` says what happened since. */
export async function installBrowser(folder: string, person: Person) {
  const bin = join(folder, "browser");
  const log = join(folder, "visits.ndjson");
  await mkdir(bin, { recursive: true });
  await writeFile(log, "");
  // Named `open`, because that is what macOS clients run; elsewhere they read $BROWSER.
  const command = join(bin, "open");
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${fileURLToPath(import.meta.url)}" "$@"\n`);
  await chmod(command, 0o755);
  const env: Record<string, string> = {
    BROWSER: command,
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    DRAWBRIDGE_NAME: person.name,
    DRAWBRIDGE_VISITS: log,
  };
  if (person.tick !== undefined) env["DRAWBRIDGE_TICK"] = person.tick.join(" ");
  const visits = async (): Promise<readonly Visit[]> => {
    const lines = (await readFile(log, "utf8")).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line) as Visit);
  };
  return { env, visits };
}

async function main(link: string): Promise<void> {
  const { DRAWBRIDGE_NAME: name = "ada", DRAWBRIDGE_TICK: tick, DRAWBRIDGE_VISITS: log } = process.env;
  const seen = await visit(link, { name, tick: tick?.split(/[\s,]+/).filter((scope) => scope !== "") });
  if (log !== undefined) await appendFile(log, `${JSON.stringify(seen)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(process.argv[2] ?? "").catch((error: unknown) => {
    console.error(`browser: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
