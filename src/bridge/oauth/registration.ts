// Dynamic registration (RFC 7591), which anybody may ask for. What cannot be used is said here and not on a page later. Only what
// is about to be stored is counted: a share an hour for each network, and as a last resort a number for the whole bridge. That
// number and the life of a registration bound the storage. The library stores, renews and forgets.

import { networkOf } from "../addresses.ts";
import type { RequestContext } from "../request/context.ts";
import { sha256 } from "../seal.ts";
import { inPlainWords } from "./answers.ts";
import { type Admit, createAuthorizationServer } from "./authorization-server.ts";
import { parseObject, readMetadata } from "./client-metadata.ts";
import { type Listed, redirectAllowed, registrationProblem } from "./clients.ts";
import { OAUTH } from "./settings.ts";

const HOUR_MS = 3_600_000;
/** Hosted apps register for all of their users from a few addresses. */
const PER_NETWORK = 60;
/** Each costs a KV write: ten networks that do their worst reach it. */
const PER_HOUR = 600;

export interface RegistrationContext extends RequestContext {
  readonly now: number;
}

export async function serveRegistration(request: Request, context: RegistrationContext): Promise<Response> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return answer(415, { error: "invalid_client_metadata", error_description: "send application/json" });
  }
  const text = await request.text();
  const listed = context.settings.of(OAUTH);
  const said = parseObject(text);
  const metadata = said === undefined ? undefined : readMetadata(said);
  const problem = metadata === undefined ? undefined : registrationProblem(metadata, listed);
  if (problem !== undefined) return answer(400, problem);
  const admit = () => countRegistration(request.headers.get("cf-connecting-ip") ?? "", context);
  // What is no object, the library refuses in its own words.
  const body = metadata === undefined ? text : JSON.stringify(usable(metadata, listed));
  const { url, method, headers } = request;
  const sized = new Headers(headers);
  sized.delete("content-length");
  const inner = new Request(url, { method, headers: sized, body });
  const response = await createAuthorizationServer(context, admit).fetch(inner, context.env, context.ctx);
  if (response.status !== 429) return response.ok ? response : inPlainWords(response);
  const later = new Response(response.body, response);
  later.headers.set("retry-after", String(Math.ceil((HOUR_MS - (context.now % HOUR_MS)) / 1000)));
  return later;
}

/**
 * Registered is what can be used (RFC 7591 §3.2.1: a server may leave out what it does not take, and its answer says what it
 * took). An app lists redirects for all of its builds, and goes on with those that are left.
 */
function usable(metadata: Readonly<Record<string, unknown>>, listed: Listed): Readonly<Record<string, unknown>> {
  const uris = metadata["redirect_uris"];
  if (!Array.isArray(uris)) return metadata;
  return { ...metadata, redirect_uris: uris.filter((uri) => redirectAllowed(String(uri), listed)) };
}

type Room = Awaited<ReturnType<Admit>>;

/** Exact, and a write only while there is room: a flood that is refused costs a read. Nobody's share is used up for another's. */
async function countRegistration(address: string, { settings, env, now }: RegistrationContext): Promise<Room> {
  // On a laptop whole test suites register from one address.
  if (settings.loopback) return undefined;
  const hour = Math.floor(now / HOUR_MS);
  const network = await sha256([settings.secret, hour, networkOf(address)]);
  const [, shared] = await env.CONTROL.batch([
    env.CONTROL.prepare("DELETE FROM registration_share WHERE hour < ?1").bind(hour),
    env.CONTROL.prepare(
      `INSERT INTO registration_share (network, hour, count) VALUES (?1, ?2, 1)
       ON CONFLICT (network) DO UPDATE SET count = count + 1 WHERE count < ?3 RETURNING count`,
    ).bind(network, hour, PER_NETWORK),
  ]);
  if (shared?.results.length !== 1) return tooMany("from your network");
  const counted = await env.CONTROL.prepare(
    `INSERT INTO registrations (one, hour, count) VALUES (1, ?1, 1)
     ON CONFLICT (one) DO UPDATE SET count = CASE WHEN hour = ?1 THEN count + 1 ELSE 1 END, hour = ?1
     WHERE hour <> ?1 OR count < ?2 RETURNING count`,
  )
    .bind(hour, PER_HOUR)
    .first();
  return counted === null ? tooMany("here") : undefined;
}

function tooMany(where: string): Room {
  const description = `Too many apps have registered ${where} within the hour. Try again in the next one.`;
  return { code: "temporarily_unavailable", description, status: 429 };
}

function answer(status: number, body: { readonly error: string; readonly error_description: string }): Response {
  return Response.json(body, { status, headers: { "cache-control": "no-store" } });
}
