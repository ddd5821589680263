// The web as a test wants it: addresses and what they answer. Writes down everything that was asked for. A browsing client is
// one that holds every scope of the policy and calls through either transport.

import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import { createWebReader } from "../../../src/bridge/web/web.ts";
import { type Answer, answerOf, type Client, call } from "./journey.ts";
import { SCOPES } from "./own-app.ts";
import { journey, ledgerOf } from "./worker.ts";

export const HOST = "docs.example.com";
export const HOSTS = [HOST, "blog.example.org"];

export interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: string | undefined;
  readonly method: string | undefined;
}

type Answers = Readonly<Record<string, () => Response | Promise<Response>>>;

/** A `fetch` that answers these addresses; what is not among them is a dead host. */
export function web(answers: Answers) {
  const asked: Asked[] = [];
  const get = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = Object.fromEntries(new Headers(init.headers));
    asked.push({ url, headers, redirect: init.redirect, method: init.method });
    const answer = answers[url];
    if (answer === undefined) throw new TypeError(`no route to ${url}, secret detail`);
    return answer();
  };
  return { asked, get };
}

export const never = new AbortController().signal;

/** A reader of HOSTS over such a web; `marks`: what it said was written by others. */
export function reader(answers: Answers, hosts: readonly string[] = HOSTS, timeout = 5_000) {
  const marks: string[] = [];
  const { asked, get } = web(answers);
  const { fetchPage } = createWebReader(hosts, { mark: (source) => void marks.push(source) }, get, timeout);
  return { asked, marks, fetchPage: (address: string, signal = never) => fetchPage(address, signal) };
}

export function html(body: string, type = "text/html; charset=utf-8"): () => Response {
  return () => new Response(body, { headers: { "content-type": type } });
}

export function redirect(location: string, status = 302): () => Response {
  return () => new Response("moved", { status, headers: { location, "set-cookie": "a=b" } });
}

/** From here on the Worker's own `fetch` reaches this web and nothing else. */
export function browseThe(answers: Answers) {
  const { asked, get } = web(answers);
  const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    // Notices to the user are no business of a tool.
    return new Headers(init?.headers).has("x-drawbridge-signature") ? new Response() : get(String(url), init ?? {});
  });
  return { asked, end: () => spy.mockRestore() };
}

export type TransportName = "session" | "stateless";

/** A client of this user, with a session of its own for the older transport. */
export async function browsing(name: string, client?: Client) {
  const scope = SCOPES.join(" ");
  const made = await journey.connect({ name, scope, ticked: SCOPES, ...(client && { client }) });
  const token = made.tokens.access_token;
  const session = await journey.openSession(token);
  const use = async (transport: TransportName, tool: string, args: Record<string, unknown>): Promise<Answer> => {
    const message = call(tool, args);
    if (transport === "session") return answerOf(await journey.legacy(token, message, session));
    return answerOf(await journey.modern(token, message.method, message.params));
  };
  return { client: made.client, tokens: made.tokens, token, session, use };
}

/** As if a quarter of an hour had passed since this user's clients read anything. */
export async function calm(token: string): Promise<void> {
  await runInDurableObject(ledgerOf(token), (_, { storage }) => void storage.sql.exec("DELETE FROM taint"));
}

/** What the model reads. */
export function wordsOf({ result }: Answer): string {
  return result?.content?.map(({ text }) => text).join("\n") ?? "";
}

/** Whether the answer is nothing but a question to the user. */
export function asksUser({ result }: Answer): boolean {
  return result?.isError === true && result._meta?.["drawbridge/approval"] !== undefined;
}
