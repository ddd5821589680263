// Dynamic registration (RFC 7591), which anybody may ask for: so many an hour for the whole bridge, and a registration that
// nobody has signed in with is gone after a day. The library stores and renews; what a client may say is clients.ts.

import type { OAuthAuthorizationServer } from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import { refuse } from "../edge/refuse.ts";
import type { Bindings } from "../request/bindings.ts";
import type { Context } from "../request/context.ts";
import { type AuthorizationPolicy, CLIENT_SECONDS, createAuthorizationServer } from "./authorization-server.ts";

const HOUR_MS = 3_600_000;
/** An honest bridge sees a few; a flood of them costs a KV write each. */
const PER_HOUR = 600;
/** On a laptop whole test suites register from one address. */
const PER_HOUR_LOOPBACK = 1_000_000;

/** How long a registration lives until its first token. */
const UNUSED_SECONDS = 24 * 3600;

/**
 * The same server with a shorter life for what it registers. A token request, which is served under the longer life, finds that
 * less than half of it is left and renews the registration for the whole of it.
 */
export function createRegistrar(policy: AuthorizationPolicy): OAuthAuthorizationServer<Bindings> {
  return createAuthorizationServer(policy, UNUSED_SECONDS);
}

export async function serveRegistration(
  request: Request,
  { registrar, settings, env, ctx }: Context,
  now: number,
): Promise<Response> {
  const limit = settings.loopback ? PER_HOUR_LOOPBACK : PER_HOUR;
  if (!(await countRegistration(env.DB, limit, now))) {
    const seconds = Math.ceil((HOUR_MS - (now % HOUR_MS)) / 1000);
    const words = "Too many apps have registered here within the hour. Try again in the next one.";
    return refuse(429, words, { "retry-after": String(seconds) });
  }
  return withLastingSecret(await registrar.fetch(request, env, ctx));
}

/** Exact, and a write only while there is room: a flood that is refused costs a read. */
async function countRegistration(DB: D1Database, limit: number, now: number): Promise<boolean> {
  const counted = await DB.prepare(
    `INSERT INTO registrations (one, hour, count) VALUES (1, ?1, 1)
     ON CONFLICT (one) DO UPDATE SET count = CASE WHEN hour = ?1 THEN count + 1 ELSE 1 END, hour = ?1
     WHERE hour <> ?1 OR count < ?2 RETURNING count`,
  )
    .bind(Math.floor(now / HOUR_MS), limit)
    .first();
  return counted !== null;
}

const SECRET = z.looseObject({ client_id_issued_at: z.number(), client_secret_expires_at: z.number() });

/** The first token renews the secret too, and nothing could tell the client so: it is told of the longer life at once. */
async function withLastingSecret(answer: Response): Promise<Response> {
  if (answer.status !== 201) return answer;
  const registered: unknown = await answer.clone().json();
  const { data } = SECRET.safeParse(registered);
  if (data === undefined) return answer;
  const lasting = { ...data, client_secret_expires_at: data.client_id_issued_at + CLIENT_SECONDS };
  return new Response(JSON.stringify(lasting), answer);
}
