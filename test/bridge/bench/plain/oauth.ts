// For comparison only, never to be deployed: OAuth as the documentation's quickstart shows it, with an /authorize that
// approves whatever is asked, for anyone who asks (`login_hint` says who, because a benchmark needs several users).

import { env } from "cloudflare:workers";
import { type OAuthHelpers, OAuthProvider } from "@cloudflare/workers-oauth-provider";
import type { PlainEnv, Props } from "./tools.ts";

export interface ApiHandler<Env> {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response>;
}

export function behindOAuth<Env extends PlainEnv>(apiHandler: ApiHandler<Env>): OAuthProvider<Env> {
  return new OAuthProvider<Env>({
    authorizeEndpoint: "/authorize",
    tokenEndpoint: "/oauth/token",
    clientRegistrationEndpoint: "/oauth/register",
    scopesSupported: ["profile:read", "notes:read", "notes:write"],
    apiRoute: "/mcp",
    apiHandler,
    defaultHandler: {
      fetch: (request, bindings) =>
        authorize(request, (bindings as Env & { OAUTH_PROVIDER: OAuthHelpers }).OAUTH_PROVIDER),
    },
    resourceMetadata: { resource: `${(env as unknown as PlainEnv).PUBLIC_URL}/mcp` },
  });
}

async function authorize(request: Request, oauth: OAuthHelpers): Promise<Response> {
  const url = new URL(request.url);
  if (url.pathname !== "/authorize") return new Response("The plain server, for comparison only.\n");
  const asked = await oauth.parseAuthRequest(request);
  const subject = url.searchParams.get("login_hint") ?? "ada";
  const { redirectTo } = await oauth.completeAuthorization({
    request: asked,
    userId: subject,
    metadata: {},
    scope: asked.scope,
    props: { subject, name: subject, client: asked.clientId, scopes: asked.scope } satisfies Props,
  });
  return Response.redirect(redirectTo, 302);
}
