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
  const said = await oauth.processDiscoveryResponse(new URL(issuer), response);
  // The library compares URLs; a slash more or less would be another user in createSubject and in the lists.
  if (said.issuer !== issuer) throw new WrongProvider(`it calls itself ${JSON.stringify(said.issuer)}`);
  // What is null, or in another form than a list, says nothing.
  const given = Object.entries(said).filter(([name, value]) => value !== null && (!LISTS.has(name) || isList(value)));
  const server: oauth.AuthorizationServer = { ...Object.fromEntries(given), issuer };
  const lacks = REQUIRED.filter((name) => server[name] === undefined);
  if (lacks.length > 0) throw new WrongProvider(`its discovery document lacks ${lacks.join(", ")}`);
  // The user's browser is sent to one, the client secret and tokens to others: nothing else would look at where that is.
  const odd = [...REQUIRED, "userinfo_endpoint"].filter((name) => name in server && !isEndpoint(server[name], issuer));
  if (odd.length > 0) throw new WrongProvider(odd.map((name) => `its ${name} is not https${NOR}`).join(", "), odd);
  const methods = server.code_challenge_methods_supported;
  if (methods !== undefined && !methods.includes("S256")) throw new WrongProvider("it does not do PKCE with S256");
  known.set(issuer, { at: now, server });
  return server;
}

const REQUIRED = ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const;
const NOR = " (an absolute URL, without user name or fragment)";
const LISTS: ReadonlySet<string> = new Set([
  "code_challenge_methods_supported",
  "claims_supported",
  "token_endpoint_auth_methods_supported",
  "id_token_signing_alg_values_supported",
]);

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}

/** An absolute https URL (RFC 6749 §3.1: no fragment); plain http on this computer, where the issuer is there too. */
function isEndpoint(value: unknown, issuer: string): boolean {
  if (typeof value !== "string" || !URL.canParse(value) || !/^https?:\/\/[^\s\\#]+$/i.test(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (isLoopback(hostname) && isLoopback(new URL(issuer).hostname));
}

/** Said to operators on their own terminal; it quotes the provider. The name is for the log, which quotes nobody. */
class WrongProvider extends Error {
  constructor(message: string, members: readonly string[] = []) {
    super(message);
    this.name = ["WrongProvider", ...members].join(" ");
  }
}

/** Plain http for loopback only, and never longer than a user waits. */
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
