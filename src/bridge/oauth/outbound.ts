// The one outbound door for whatever a client names: its metadata document and its `jwks_uri`. Public https on port 443, no
// redirect, counted bytes, each address once a request. The OAuth library fetches both with the global `fetch` and cannot be
// told of another, so that the door stands in front of that one while the library works; everybody else's calls pass it by.
// test/bridge/attacks/outbound.test.ts shows what the library does without it, and so when this file can go.

import { AsyncLocalStorage } from "node:async_hooks";
import { OAuthAuthorizationServer, type OAuthHelpers } from "@cloudflare/workers-oauth-provider";
import { isPublicHost } from "../addresses.ts";
import type { Bindings } from "../request/bindings.ts";

/** As much as the library takes of a key set, and more than it takes of a document. */
const MAX_BYTES = 64 * 1024;

type Fetch = typeof fetch;

interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The library at work on a request. Without one, it is not the library that fetches. */
interface Visit {
  readonly open: boolean;
  /** What was fetched so far, or failed to be. */
  readonly fetched: Map<string, Promise<Fetched>>;
}

const visits = new AsyncLocalStorage<Visit>();
const doors = new WeakSet<Fetch>();

/** The authorization server of the library, which fetches through the door and in no other way. */
export class GuardedAuthorizationServer extends OAuthAuthorizationServer<Bindings> {
  /** `open`: the token that came is genuine, so that its client may be fetched. Else whatever the request names is not. */
  override fetch(request: Request, env: Bindings, ctx: ExecutionContext, open = false): Promise<Response> {
    return throughDoor({ open, fetched: new Map() }, () => super.fetch(request, env, ctx));
  }

  /** For one request: what one helper fetched, the next one reads, so that a document cannot change between them. */
  override getOAuthApi(env: Bindings): OAuthHelpers {
    const visit: Visit = { open: true, fetched: new Map() };
    return new Proxy(super.getOAuthApi(env), {
      get(helpers, name) {
        const member: unknown = Reflect.get(helpers, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => throughDoor(visit, () => Reflect.apply(member, helpers, args));
      },
    });
  }
}

function throughDoor<T>(visit: Visit, work: () => T): T {
  placeDoor();
  return visits.run(visit, work);
}

/** In front of whatever is there: something that was put before an earlier door would be asked without it. */
function placeDoor(): void {
  if (doors.has(globalThis.fetch)) return;
  const beyond = globalThis.fetch;
  const door: Fetch = (input, init) => {
    const visit = visits.getStore();
    if (visit === undefined) return beyond(input, init);
    const request = new Request(input, init);
    const manual: RequestInit = { ...init, redirect: "manual" };
    return pass(request, visit, () => beyond(request.url, manual));
  };
  doors.add(door);
  globalThis.fetch = door;
}

async function pass(request: Request, { open, fetched }: Visit, send: () => Promise<Response>): Promise<Response> {
  if (!open) throw new TypeError("Nothing is fetched for this request.");
  const known = fetched.get(request.url) ?? fetchNamed(request, send);
  fetched.set(request.url, known);
  const { status, headers, bytes } = await known;
  return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers });
}

async function fetchNamed({ method, url }: Request, send: () => Promise<Response>): Promise<Fetched> {
  const problem = method === "GET" ? addressProblem(new URL(url)) : "Only GET goes out here.";
  if (problem !== undefined) throw new TypeError(problem);
  const answer = await send();
  if (answer.status >= 300 && answer.status < 400) {
    await answer.body?.cancel();
    throw new TypeError("The address redirects.");
  }
  return { status: answer.status, headers: answer.headers, bytes: await readBytes(answer) };
}

/** Names are not resolved: on Cloudflare `global_fetch_strictly_public` keeps what they lead to public. */
function addressProblem({ protocol, port, username, password, hostname }: URL): string | undefined {
  if (protocol !== "https:" || port !== "" || username !== "" || password !== "")
    return "The address is not plain https on port 443.";
  // `.example` leads nowhere (RFC 6761 §6.5): tests may use it.
  const named = hostname.endsWith(".example") ? `${hostname}.com` : hostname;
  return isPublicHost(named) ? undefined : "The address is no public host name.";
}

async function readBytes({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (size > MAX_BYTES) throw new TypeError("The answer is too large.");
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
