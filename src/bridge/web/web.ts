// Pages of listed hosts, read and nothing else: GET over https, no cookie, no credential, every redirect judged like the address
// it came from (web-address.ts), size, time and type capped. What it hands out was written by others, and it says so.

import type { Provenance } from "../gate/provenance.ts";
import { readBody } from "./body.ts";
import { type Address, checkAddress, checkRedirect } from "./web-address.ts";
import { readHtml } from "./web-text.ts";

export interface Page {
  /** Where it was found, after redirects. */
  readonly url: string;
  readonly title: string;
  readonly text: string;
  /** Whether there was more of it than is handed out. */
  readonly shortened: boolean;
}

export interface WebReader {
  /** The page as text, or why there is none, in words for the caller. */
  readonly fetchPage: (address: string, signal: AbortSignal) => Promise<Page | { readonly refused: string }>;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const MAX_HOPS = 3;
const MAX_BYTES = 512 * 1024;
/** Of the text, as JSON. */
const MAX_CHARS = 48 * 1024;
/** Shorter than the deadline of a run, so that the caller is told what took so long. */
const TIMEOUT_MS = 8_000;

const HEADERS = {
  accept: "text/html, text/markdown, text/plain, application/json;q=0.9",
  "user-agent": "Drawbridge/0.1 (fetch_page)",
};
const TYPES = ["text/html", "application/xhtml+xml", "text/plain", "text/markdown", "application/json"] as const;
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export function createWebReader(
  hosts: readonly string[],
  from: Pick<Provenance, "mark">,
  get: Fetch = (url, init) => fetch(url, init),
  timeout: number = TIMEOUT_MS,
): WebReader {
  return {
    async fetchPage(text, outer) {
      const signal = AbortSignal.any([outer, AbortSignal.timeout(timeout)]);
      let address: Address = checkAddress(text, hosts);
      for (let hop = 0; address.url !== undefined; hop++) {
        const { url } = address;
        const answer = await answerOf(get, url, signal);
        if (answer === undefined) return unreached(signal);
        if (!REDIRECTS.includes(answer.status)) return readPage(answer, url, from, signal);
        await answer.body?.cancel();
        if (hop === MAX_HOPS) return { refused: `The host redirected more than ${MAX_HOPS} times.` };
        address = checkRedirect(answer.headers.get("location"), url, hosts);
        if (address.url === undefined) return { refused: `It redirects elsewhere. ${address.refused}` };
      }
      return { refused: address.refused };
    },
  };
}

/** Undefined when there was none; why is nobody's business. */
async function answerOf(get: Fetch, url: URL, signal: AbortSignal): Promise<Response | undefined> {
  const ended = new Promise<undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    if (signal.aborted) resolve(undefined);
  });
  const answer = get(url.href, { method: "GET", headers: HEADERS, redirect: "manual", signal });
  return Promise.race([answer.catch(() => undefined), ended]);
}

function unreached(signal: AbortSignal): { readonly refused: string } {
  return { refused: signal.aborted ? "The host took too long." : "The host could not be reached." };
}

async function readPage(
  answer: Response,
  url: URL,
  { mark }: Pick<Provenance, "mark">,
  signal: AbortSignal,
): Promise<Page | { readonly refused: string }> {
  const { status, headers } = answer;
  const [type = "", ...parameters] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  const refuse = async (refused: string) => {
    await answer.body?.cancel();
    return { refused };
  };
  if (status !== 200) return refuse(`The host answered with status ${status}.`);
  const kind = TYPES.find((known) => known === type.trim());
  if (kind === undefined) return refuse("It is not text: only HTML, Markdown, plain text and JSON are read.");
  const decoder = decoderFor(parameters);
  if (decoder === undefined) return refuse("It is written in a character set that is not known here.");
  const body = await readBody(answer, MAX_BYTES, signal);
  if ("failed" in body) {
    const tooLarge = `It is larger than ${MAX_BYTES / 1024} KiB.`;
    return { refused: body.failed === "too-large" ? tooLarge : unreached(signal).refused };
  }
  const text = decode(decoder, body.bytes);
  if (text === undefined) return { refused: "It is not text in the character set that it names." };
  const page = kind.includes("html") ? await readHtml(text) : { title: "", text };
  if (page === undefined) return { refused: "Its HTML is too intricate to be read." };
  // The rest of the address is the host's own words.
  mark(url.hostname);
  const shown = shorten(page.text, MAX_CHARS);
  const title = shorten(page.title, 300);
  return { url: url.href, title, text: shown, shortened: shown !== page.text };
}

/** UTF-8 unless the host says otherwise; undefined when nobody knows what it says. */
function decoderFor(parameters: readonly string[]): TextDecoder | undefined {
  const named = parameters.map((each) => /^\s*charset\s*=\s*"?([\w.:-]+)"?\s*$/.exec(each)?.[1]).find(Boolean);
  try {
    return new TextDecoder(named ?? "utf-8", { fatal: true, ignoreBOM: false });
  } catch {
    return undefined;
  }
}

/** Undefined when the bytes are no text: binary under a false name. */
function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function shorten(text: string, max: number): string {
  let kept = text.slice(0, max);
  while (JSON.stringify(kept).length > max) kept = kept.slice(0, Math.floor(kept.length * 0.9));
  return kept.toWellFormed();
}
