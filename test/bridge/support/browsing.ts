// One browser of a user in front of the bridge's own pages: keeps cookies, sends forms as a browser does, follows nothing by itself.

import type { Fetch } from "./journey.ts";

export type Browsing = ReturnType<typeof createBrowsing>;

export function createBrowsing(fetch: Fetch, origin: string) {
  const cookies = new Map<string, string>();

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("accept", "text/html");
    if (!headers.has("cookie")) headers.set("cookie", [...cookies].map((pair) => pair.join("=")).join("; "));
    const response = await fetch(new URL(path, origin).href, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/;\s*max-age=0/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  }

  const get = (path: string, headers: Record<string, string> = {}) => send(path, { headers });

  async function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const form = { "content-type": "application/x-www-form-urlencoded", origin, "sec-fetch-site": "same-origin" };
    const all = Object.fromEntries(Object.entries({ ...form, ...headers }).filter(([, value]) => value !== ""));
    return send(path, { method: "POST", headers: all, body: new URLSearchParams(fields).toString() });
  }

  /** As a browser shows it: a form's answer leads to a page that can be loaded again. */
  async function submit(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const answer = await post(path, fields, headers);
    return answer.status === 303 ? get(answer.headers.get("location") ?? "") : answer;
  }

  /** From the choice of development sign-in to where the provider would send the user back to. */
  async function towards(returnTo: string, more: Record<string, string> = {}): Promise<URL> {
    const started = await post("/sign-in/development", { return: returnTo, ...more });
    if (started.status !== 303) throw new Error(`sign-in: ${started.status} ${await started.text()}`);
    return new URL(started.headers.get("location") ?? "");
  }

  /** Signs in with development sign-in, and returns the answer at the callback. */
  async function signIn(name: string, returnTo: string): Promise<Response> {
    const state = (await towards(returnTo)).searchParams.get("state") ?? "";
    return get(`/sign-in/development/callback?${new URLSearchParams({ state, name })}`);
  }

  return { cookies, get, post, submit, towards, signIn };
}

/** The value of a hidden field of a page. */
export function hidden(html: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "";
}
