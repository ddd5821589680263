// The web as a test wants it: addresses and what they answer. Writes down everything that was asked for.

import { createWebReader } from "../../src/capabilities/web.ts";

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
