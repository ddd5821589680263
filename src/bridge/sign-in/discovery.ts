// What an OpenID provider says about itself (OpenID Connect Discovery 1.0), kept per isolate for ten minutes. Its one effect
// is that fetch. `npm run deploy` and `npm start` ask the same question, so that a wrong OIDC_ISSUER is named there.

import * as oauth from "oauth4webapi";
import { isLoopback } from "../addresses.ts";
import type { Problem } from "../settings.ts";

const KEPT_MS = 10 * 60_000;
const DEADLINE_MS = 10_000;

const known = new Map<string, { readonly at: number; readonly server: oauth.AuthorizationServer }>();

/** Throws when the provider does not answer, or answers as somebody else. A failure is not kept. */
export async function loadProvider(issuer: string, now: number): Promise<oauth.AuthorizationServer> {
  const kept = known.get(issuer);
  if (kept !== undefined && now - kept.at < KEPT_MS) return kept.server;
  const response = await oauth.discoveryRequest(new URL(issuer), requestOptions(issuer));
  const server = await oauth.processDiscoveryResponse(new URL(issuer), response);
  // The library compares URLs; a slash more or less would be another person in createSubject and in the lists.
  if (server.issuer !== issuer) throw new WrongProvider(`it calls itself ${JSON.stringify(server.issuer)}`);
  const lacks = REQUIRED.filter((name) => server[name] === undefined);
  if (lacks.length > 0) throw new WrongProvider(`its discovery document lacks ${lacks.join(", ")}`);
  // The person's browser is sent there; nothing else would look at where that is.
  const secure = /^https:/.test(server.authorization_endpoint ?? "") || isLoopback(new URL(issuer).hostname);
  if (!secure) throw new WrongProvider("its authorization_endpoint is not https");
  const methods = server.code_challenge_methods_supported;
  if (methods !== undefined && !methods.includes("S256")) throw new WrongProvider("it does not do PKCE with S256");
  known.set(issuer, { at: now, server });
  return server;
}

const REQUIRED = ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const;

/** Said to operators on their own terminal; it quotes the provider. */
class WrongProvider extends Error {
  override readonly name = "WrongProvider";
}

/** Plain http for loopback only, and never longer than a person waits. */
export function requestOptions(issuer: string) {
  return {
    [oauth.allowInsecureRequests]: isLoopback(new URL(issuer).hostname),
    signal: AbortSignal.timeout(DEADLINE_MS),
  };
}

/** What is wrong with OIDC_ISSUER, as seen from here; undefined when sign-in can start. It cannot prove the client's secret. */
export async function providerProblem(issuer: string): Promise<Problem | undefined> {
  try {
    await loadProvider(issuer, Date.now());
    return undefined;
  } catch (error) {
    const setting = "OIDC_ISSUER";
    const fix = `compare it with the "issuer" in ${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    if (error instanceof WrongProvider) return { setting, problem: `is ${issuer}, but ${error.message}`, fix };
    const why = error instanceof oauth.OperationProcessingError ? error.code : "no answer";
    return { setting, problem: `is ${issuer}, where no OpenID provider of that name answers (${why})`, fix };
  }
}
