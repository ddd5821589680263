// The one outbound door for whatever a client names: its metadata document and its `jwks_uri`. Public https on port 443, no
// redirect, counted bytes, each address once a request. The OAuth library fetches both with the global `fetch` and cannot be
// told of another, so that the door stands in front of that one while the library works; everybody else's calls pass it by.
// test/bridge/attacks/outbound.test.ts shows what the library does without it, and so when this file can go.

import { AsyncLocalStorage } from "node:async_hooks";
import { OAuthAuthorizationServer, type OAuthHelpers } from "@cloudflare/workers-oauth-provider";
import { isPublicHost } from "../addresses.ts";
import type { Bindings } from "../request/bindings.ts";
import { tokens } from "../sign-in/denial.ts";
import { parseObject, readMetadata } from "./client-metadata.ts";
import { unavailable } from "./token-answers.ts";

/** As much as the library takes of a key set, and more than it takes of a document. */
const MAX_BYTES = 64 * 1024;

type Fetch = typeof fetch;

interface Fetched {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a client names cannot be had now; that passes, and says nothing about the client. */
export class PassingTrouble extends Error {
  override readonly name = "PassingTrouble";
}

/** The library at work on a request. Without one, it is not the library that fetches. */
interface Visit {
  readonly open: boolean;
  passing: boolean;
  /** What was fetched so far, or failed to be. */
  readonly fetched: Map<string, Promise<Fetched>>;
}

const visits = new AsyncLocalStorage<Visit>();
const doors = new WeakSet<Fetch>();

/** The authorization server of the library, which fetches through the door and in no other way. */
export class GuardedAuthorizationServer extends OAuthAuthorizationServer<Bindings> {
  /** `open`: the token that came is genuine, so that its client may be fetched. Else whatever the request names is not. */
  override async fetch(request: Request, env: Bindings, ctx: ExecutionContext, open = false): Promise<Response> {
    const visit: Visit = { open, passing: false, fetched: new Map() };
    const answer = await throughDoor(visit, () => super.fetch(request, env, ctx));
    // The library says invalid_client, at which SDKs throw away all they have.
    return visit.passing && !answer.ok ? unavailable("client-unreachable") : answer;
  }

  /** For one request: what one helper fetched, the next one reads, so that a document cannot change between them. */
  override getOAuthApi(env: Bindings): OAuthHelpers {
    const visit: Visit = { open: true, passing: false, fetched: new Map() };
    return new Proxy(super.getOAuthApi(env), {
      get(helpers, name) {
        const member: unknown = Reflect.get(helpers, name);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          try {
            return await throughDoor(visit, () => Reflect.apply(member, helpers, args));
          } catch (error) {
            throw visit.passing ? new PassingTrouble("a client's description cannot be had now") : error;
          }
        };
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

async function pass(request: Request, visit: Visit, send: () => Promise<Response>): Promise<Response> {
  if (!visit.open) throw new TypeError("Nothing is fetched for this request.");
  const known = visit.fetched.get(request.url) ?? fetchNamed(request, visit, send);
  visit.fetched.set(request.url, known);
  const { status, headers, bytes } = await known;
  return new Response(bytes.byteLength === 0 ? null : bytes, { status, headers });
}

async function fetchNamed({ method, url }: Request, visit: Visit, send: () => Promise<Response>): Promise<Fetched> {
  const problem = method === "GET" ? addressProblem(new URL(url)) : "Only GET goes out here.";
  if (problem !== undefined) throw new LastingError(problem);
  try {
    const answer = await send();
    if (answer.status >= 300 && answer.status < 400) {
      await answer.body?.cancel();
      throw new LastingError("The address redirects.");
    }
    visit.passing ||= tokens(answer.status);
    const headers = new Headers(answer.headers);
    headers.delete("content-length");
    return { status: answer.status, headers, bytes: plainly(await readBytes(answer), url) };
  } catch (error) {
    // The network, or a time that ran out.
    visit.passing ||= !(error instanceof LastingError);
    throw error;
  }
}

class LastingError extends TypeError {}

/** A document without what says nothing; the library takes 5 KiB of one, and documents may have members for others. Without a name (it is optional), its host is its name. */
function plainly(bytes: Uint8Array<ArrayBuffer>, url: string): Uint8Array<ArrayBuffer> {
  const said = parseObject(bytes);
  if (said === undefined || !("client_id" in said)) return bytes;
  return Uint8Array.from(
    new TextEncoder().encode(JSON.stringify({ client_name: new URL(url).hostname, ...readMetadata(said) })),
  );
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
    if (size > MAX_BYTES) throw new LastingError("The answer is too large.");
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
