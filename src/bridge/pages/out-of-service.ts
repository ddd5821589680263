// The answers of a bridge that cannot serve: it is not set up, or something that it needs is broken. Pure.

import type { Problem } from "../settings.ts";

export const NO_SIGN_IN: Problem = {
  setting: "GITHUB_CLIENT_ID",
  problem: "is missing, and so is OIDC_ISSUER: nobody can sign in",
  fix: "make an OAuth app at GitHub, put its id into wrangler.toml and run: npx wrangler secret put GITHUB_CLIENT_SECRET; or set OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET",
};

/** A bridge that is not set up serves nothing, and says which setting it lacks. */
export function notSetUp(problems: readonly Problem[]): Response {
  const lines = problems.map(({ setting, problem, fix }) => `${setting} ${problem}: ${fix}`);
  const body = `This bridge is not set up, and serves nothing until it is.\n\n${lines.join("\n")}\n`;
  return new Response(body, {
    status: 503,
    headers: { "content-type": "text/plain; charset=utf-8", "retry-after": "60" },
  });
}

/** Something we need is broken, or we are. Nobody outside learns which; the log does. */
export function broken(requestId: string): Response {
  const error_description = `Try again shortly. Quote ${requestId} to the operator.`;
  const headers = { "retry-after": "5" };
  return Response.json({ error: "temporarily_unavailable", error_description }, { status: 503, headers });
}
