// The resource server: a token that is valid and meant for exactly this resource becomes a principal, or the answer is one of
// two challenges (RFC 6750 §3, RFC 9728 §5.1). What the principal may do is not decided here.

import {
  insufficientScope,
  type OAuthAuthorizationServer,
  OAuthError,
  type OAuthResourceContext,
  OAuthResourceServer,
} from "@cloudflare/workers-oauth-provider";
import { REQUEST_ID } from "../edge/headers.ts";
import { checkAddressRate, checkGrantRate } from "../edge/rate.ts";
import { whereOf } from "../edge/where.ts";
import { parsePrincipal } from "../gate/principal.ts";
import { logFailure, noteCause } from "../log.ts";
import { serveMcp } from "../mcp/endpoint.ts";
import { type MessageId, parseMessage } from "../mcp/message.ts";
import type { TransportHandlers } from "../mcp/transports.ts";
import { errorResponse, missingScopeWords, scopesToAsk } from "../mcp/wire.ts";
import type { Bindings } from "../request/bindings.ts";
import type { Deployment, RequestContext } from "../request/context.ts";
import { checkSubject } from "../seal.ts";
import type { Settings } from "../settings.ts";

export function createResourceServer(
  server: OAuthAuthorizationServer<Bindings>,
  deployment: Deployment,
  handlers: TransportHandlers,
): { readonly fetch: (request: Request, env: Bindings, ctx: ExecutionContext) => Promise<Response> } {
  const { app, settings } = deployment;
  const inner = new OAuthResourceServer<Bindings, unknown>({
    resourceMetadata: { resource: settings.resource, authorization_servers: [settings.publicUrl.origin] },
    // Advertised, not enforced.
    requiredScopes: [...app.scopes.baseline],
    validateToken: (env, request) => async (resource, token) => {
      if ((await subjectOf(token, settings)) === undefined) return null;
      try {
        return await server.validateToken(resource, token, env);
      } catch (error) {
        logFailure(request.headers.get(REQUEST_ID) ?? "", error);
        const more = { description: "Try again shortly.", statusCode: 503, headers: { "Retry-After": "5" } };
        throw new OAuthError("temporarily_unavailable", more);
      }
    },
    handler: {
      fetch: (request, env, ctx) =>
        handle(request, { ...deployment, requestId: request.headers.get(REQUEST_ID) ?? "", env, ctx }, ctx, handlers),
    },
  });
  return {
    async fetch(request, env, ctx) {
      const answer = await inner.fetch(request, env, ctx);
      if (answer.status !== 401) return answer;
      const tooMany = await countStranger(request, env, settings);
      if (tooMany !== undefined) return tooMany;
      // Expired, revoked, foreign, made up: one answer for all, so that it tells a thief nothing.
      const invalid = answer.headers.get("www-authenticate")?.includes('error="invalid_token"') ?? false;
      if (!invalid) return answer;
      noteCause("invalid-token");
      return invalidToken(settings);
    },
  };
}

async function handle(
  request: Request,
  context: RequestContext,
  ctx: OAuthResourceContext<unknown>,
  handlers: TransportHandlers,
): Promise<Response> {
  const { app, settings, env } = context;
  const principal = parsePrincipal(ctx.auth, ctx.props, context.entitlement, app.scopes);
  if (principal === undefined || principal.entitled.length === 0) {
    noteCause(principal === undefined ? "invalid-token" : "not-entitled");
    return invalidToken(settings);
  }
  const tooMany = await checkGrantRate(principal.grant, env, settings, () => messageId(request));
  if (tooMany !== undefined) return tooMany;
  return serveMcp({
    request,
    context,
    principal,
    where: whereOf(request),
    handlers,
    challenge(denial, id) {
      if (denial.reason === "grant-ended") return invalidToken(settings);
      const words = missingScopeWords(denial.needed, app.scopes);
      const { headers } = insufficientScope(ctx.auth, [...scopesToAsk(denial, app.scopes)], words);
      headers.delete("content-type");
      return errorResponse(403, -32001, words, id, headers);
    },
  });
}

/** What our tokens look like. */
const TOKEN_SHAPE = /^(dbr1_[\w-]{22}):[\w-]{1,64}:[\w-]{1,128}$/;

/** Whose a token says that it is, if that is an id of ours; anything else is not looked up. */
async function subjectOf(token: string, { subjectKey }: Settings): Promise<string | undefined> {
  const [, subject] = TOKEN_SHAPE.exec(token) ?? [];
  return subject !== undefined && (await checkSubject(subjectKey, subject)) ? subject : undefined;
}

/**
 * A request without a genuine token counts for its address. One whose token has expired counts for its user there: its client needs
 * the 401 to refresh, whatever strangers do behind the same address.
 */
async function countStranger(request: Request, env: Bindings, settings: Settings): Promise<Response | undefined> {
  const [, token = ""] = /^Bearer[\t ]+(\S+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  const claimed = await subjectOf(token, settings);
  return checkAddressRate(request, "mcp", env, settings, claimed === undefined ? undefined : { claimed });
}

/** The id of a message that is not served, so that its client can tell which one was refused. */
async function messageId(request: Request): Promise<MessageId | undefined> {
  const parsed = request.method === "POST" ? parseMessage(await request.text()) : undefined;
  return parsed !== undefined && "message" in parsed ? parsed.message.id : undefined;
}

const INVALID = "The access token is invalid, has expired or was revoked.";

function invalidToken({ publicUrl }: Settings): Response {
  const metadata = `${publicUrl.origin}/.well-known/oauth-protected-resource/mcp`;
  const challenge = `Bearer realm="OAuth", error="invalid_token", error_description="${INVALID}", resource_metadata="${metadata}"`;
  const body = { error: "invalid_token", error_description: INVALID };
  return Response.json(body, { status: 401, headers: { "www-authenticate": challenge } });
}
