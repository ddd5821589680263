// Around the library's token endpoint: the refresh family guard (RFC 9700 §4.14) and revocations that reach the ledger
// (RFC 7009, code replay). The library rotates and checks; this makes refreshes one at a time, gives a client that lost or
// raced for an answer the same one again, and ends the grant when an old token comes back.

import * as z from "zod";
import type { GrantId, Subject } from "../gate/principal.ts";
import { ledgerOf } from "../ledger/address.ts";
import type { Refresh } from "../ledger/families.ts";
import { logFailure } from "../log.ts";
import type { Context } from "../request/context.ts";
import { checkSubject, decryptUnder, encryptUnder, sha256 } from "../seal.ts";
import type { Settings } from "../settings.ts";
import { clearReplaced } from "./replaced.ts";
import { loadSwitched, type Switchable } from "./switched.ts";

const MAX_CLIENT_ID = 400;
const TOKENS = z.looseObject({ access_token: z.string(), refresh_token: z.string() });

export async function serveToken(request: Request, context: Context): Promise<Response> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return refused("invalid_request", "Send a form (application/x-www-form-urlencoded).");
  }
  const form = new URLSearchParams(new TextDecoder().decode(await request.clone().arrayBuffer()));
  const work = answer(request, form, context);
  // A client that hangs up must not stop a rotation between the library and the ledger.
  context.ctx.waitUntil(work.catch(() => undefined));
  try {
    return await work;
  } catch (error) {
    logFailure(context.requestId, error);
    return unavailable();
  }
}

async function answer(request: Request, form: URLSearchParams, context: Context): Promise<Response> {
  // Ids of ours are short; a URL that names a client is not much longer. What is longer was never one.
  if (clientOf(form, request).length > MAX_CLIENT_ID) return refused("invalid_client", "There is no such client.");
  const inner = () => context.authorizationServer.fetch(request, context.env, context.ctx);
  switch (form.get("grant_type") ?? "") {
    case "refresh_token":
      return refresh(form, request, inner, context);
    case "authorization_code":
      return redeem(form, request, inner, context);
    // Empty is as good as not there (RFC 6749 §3.1).
    case "":
      return revoke(form, inner, context);
    // Not to the library, which would fetch whatever URL the client says that it is, to find nothing to give it.
    default:
      return refused("unsupported_grant_type", "There are authorization_code and refresh_token.");
  }
}

async function refresh(
  form: URLSearchParams,
  request: Request,
  inner: () => Promise<Response>,
  context: Context,
): Promise<Response> {
  const token = form.get("refresh_token") ?? "";
  const parts = await partsOf(token, context.settings);
  if (parts === undefined) return invalidGrant();
  const switched = await switchedOff({ client: clientOf(form, request), ...parts }, context);
  if (switched !== undefined) return switched;
  const ledger = ledgerOf(context.env, parts.subject);
  const presented: Refresh = { grant: parts.grant, token: await sha256(token), asked: await asked(form, request) };
  const start = await ledger.startRefresh(presented);
  if (start.go === "unknown") return invalidGrant();
  if (start.go === "reuse") {
    await context.oauth.revokeGrant(parts.grant, parts.subject);
    return invalidGrant();
  }
  if (start.go === "replay") return tokenResponse(await decryptUnder(token, start.answer));

  const response = await inner();
  const text = await response.clone().text();
  const tokens = response.ok ? TOKENS.safeParse(JSON.parse(text)) : undefined;
  if (tokens?.success === true) {
    const next = await sha256(tokens.data.refresh_token);
    await ledger.finishRefresh(presented, { next, answer: await encryptUnder(token, text) });
    return response;
  }
  await ledger.finishRefresh(presented, null);
  // The ledger knows this token as the current one of a living grant; a library that does not is reading stale KV.
  const stale = text.includes('"invalid_grant"') && (await ledger.grantStep(parts.grant)) !== null;
  return stale ? unavailable() : response;
}

async function redeem(
  form: URLSearchParams,
  request: Request,
  inner: () => Promise<Response>,
  context: Context,
): Promise<Response> {
  const { settings, env } = context;
  const code = form.get("code") ?? "";
  const parts = await partsOf(code, settings);
  if (parts === undefined) return refused("invalid_grant", "This code is not valid. Connect again.");
  const switched = await switchedOff({ client: clientOf(form, request), ...parts }, context);
  if (switched !== undefined) return switched;
  const response = await inner();
  const ledger = ledgerOf(env, parts.subject);
  if (!response.ok) {
    await ledger.revokeByProof(parts.grant, { code: await sha256(code) });
    return response;
  }
  const tokens = TOKENS.parse(await response.clone().json());
  await ledger.openFamily(parts.grant, await sha256(tokens.refresh_token), await sha256(code));
  await clearReplaced(context.oauth, { client: clientOf(form, request), ...parts }, env);
  return response;
}

/** RFC 7009: each genuine token ends its grant, here and in the library. */
async function revoke(form: URLSearchParams, inner: () => Promise<Response>, context: Context): Promise<Response> {
  const { authorizationServer, oauth, settings, env } = context;
  const token = form.get("token") ?? "";
  const parts = await partsOf(token, settings);
  // RFC 7009 §2.2: an invalid token is no error.
  if (parts === undefined) return new Response(null, { status: 200 });
  const access = await authorizationServer.validateToken(settings.resource, token, env);
  const response = await inner();
  if (!response.ok) return response;
  const ledger = ledgerOf(env, parts.subject);
  const ended =
    access === null
      ? await ledger.revokeByProof(parts.grant, { token: await sha256(token) })
      : (await ledger.revoke(parts.grant)) > 0;
  if (ended) await oauth.revokeGrant(parts.grant, parts.subject);
  return response;
}

/** T7: nothing is renewed, and no earlier answer given again, for whom an operator has stopped. */
async function switchedOff(what: Switchable, { env }: Context): Promise<Response | undefined> {
  const reason = await loadSwitched(env.DB, what);
  if (reason === undefined) return undefined;
  return reason === "switched-off" ? unavailable() : refused("invalid_grant", "This connection was ended.");
}

/**
 * Who says that it asks (RFC 6749 §2.3.1, RFC 7523 §2.2), read as the library reads it, to which an empty parameter is none. The
 * library finds out whether it does, and refuses what cannot be decoded.
 */
function clientOf(form: URLSearchParams, request: Request): string {
  const given = form.getAll("client_id").find((id) => id !== "");
  if (given !== undefined) return given;
  try {
    const [, basic] = /^Basic[ \t]+(.*)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    if (basic !== undefined) return decodeURIComponent(atob(basic).split(":")[0] ?? "");
    const claims = (form.get("client_assertion") ?? "").split(".")[1] ?? "";
    return ASSERTION.parse(JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")))).iss;
  } catch {
    return "";
  }
}

/** Tokens and codes are `<subject>:<grant>:<secret>`; the subject's own MAC keeps made-up ones from addressing a ledger. */
async function partsOf(
  token: string,
  { subjectKey }: Settings,
): Promise<{ subject: Subject; grant: GrantId } | undefined> {
  const [, subject = "", grant] = /^(dbr1_[\w-]{22}):([\w-]{1,64}):[\w-]{1,128}$/.exec(token) ?? [];
  return (await checkSubject(subjectKey, subject)) ? PARTS.parse({ subject, grant }) : undefined;
}

const ASSERTION = z.object({ iss: z.string() });

const PARTS = z.object({
  subject: z.string().transform((text) => text as Subject),
  grant: z.string().transform((text) => text as GrantId),
});

/** Who asks for what. The same answer is given again only to the same question with the same credentials. */
async function asked(form: URLSearchParams, request: Request): Promise<string> {
  const names = ["client_id", "client_secret", "client_assertion", "scope", "resource"];
  const fields = names.map((name) => form.getAll(name));
  return sha256([fields, request.headers.get("authorization")]);
}

function tokenResponse(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
}

function invalidGrant(): Response {
  return refused("invalid_grant", "This refresh token is not valid. Connect again.");
}

type Refused = "invalid_grant" | "invalid_request" | "invalid_client" | "unsupported_grant_type";

function refused(error: Refused, error_description: string): Response {
  return Response.json({ error, error_description }, { status: 400, headers: { "cache-control": "no-store" } });
}

function unavailable(): Response {
  const body = { error: "temporarily_unavailable", error_description: "Try again shortly." };
  return Response.json(body, { status: 503, headers: { "retry-after": "2", "cache-control": "no-store" } });
}
