// Sign-in with GitHub (OAuth 2.0 with PKCE; oauth4webapi does the protocol). A user is their numeric id: a login can be
// renamed and taken over. GitHub's token is used for who this is, and for the facts that the lists ask about, and dropped.
// The issuer of its responses (RFC 9207) is not the issuer of its users: that one is part of every subject id.

import * as oauth from "oauth4webapi";
import * as z from "zod";
import { isLoopback } from "../addresses.ts";
import type { Fact } from "../app/entitlements.ts";
import { parseMail } from "../app/listing.ts";
import type { SignIn, SignInResult } from "../request/sign-in.ts";
import { fragment, secret, variable } from "../setting.ts";
import type { Settings } from "../settings.ts";
import { SignInTrouble, signInDenial, tokens, withErrorStatus } from "./denial.ts";

const DATA = z.object({ verifier: z.string(), fresh: z.boolean().default(false) });
const USER = z.object({ id: z.int().positive(), login: z.string().min(1).max(64) });
const MAILS = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));
const ORGS = z.array(z.object({ id: z.int().positive() }));

const APP =
  "make an OAuth app at GitHub, put its id into wrangler.toml and run: npx wrangler secret put GITHUB_CLIENT_SECRET";

export const GITHUB = fragment(
  {
    GITHUB_CLIENT_ID: variable(z.string().optional(), "GitHub OAuth app", APP),
    GITHUB_CLIENT_SECRET: secret(z.string().optional(), "GitHub OAuth app", APP),
    GITHUB_URL: variable(z.url("is not a URL").default("https://github.com"), "GitHub Enterprise Server"),
    GITHUB_API_URL: variable(
      z.url("is not a URL").default("https://api.github.com"),
      "the API of a GitHub Enterprise Server",
    ),
  },
  ({ GITHUB_CLIENT_ID: id, GITHUB_CLIENT_SECRET: key }): Readonly<Record<string, string>> =>
    (id === undefined) === (key === undefined)
      ? {}
      : { GITHUB_CLIENT_SECRET: "and GITHUB_CLIENT_ID go together: one of them is missing" },
);

export const github: SignIn = {
  name: "github",
  settings: GITHUB,
  label: "GitHub",
  issuer: (settings) => new URL(required(settings).url).origin,
  configured: ({ of }) => of(GITHUB).GITHUB_CLIENT_ID !== undefined,

  async start(callback, settings, { fresh }) {
    const { clientId, url } = required(settings);
    const verifier = oauth.generateRandomCodeVerifier();
    const params = new URLSearchParams({
      client_id: clientId,
      redirect_uri: callback.href,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      allow_signup: "false",
    });
    const scope = scopesFor(settings);
    if (scope !== "") params.set("scope", scope);
    // GitHub cannot be asked for the password again; at least nobody passes through unseen.
    if (fresh) params.set("prompt", "select_account");
    const location = (state: string) => {
      const authorize = new URL("/login/oauth/authorize", url);
      authorize.search = `${params}&${new URLSearchParams({ state })}`;
      return authorize;
    };
    return { data: { verifier, fresh }, location };
  },

  async finish(callback, data, settings): Promise<SignInResult> {
    const { clientId, clientSecret, url, apiUrl } = required(settings);
    const { verifier, fresh } = DATA.parse(data);
    const server = { issuer: responseIssuer(url), token_endpoint: new URL("/login/oauth/access_token", url).href };
    const client = { client_id: clientId };
    const options = {
      [oauth.allowInsecureRequests]: isLoopback(new URL(url).hostname),
      signal: AbortSignal.timeout(10_000),
    };
    try {
      // The state was checked, in this browser, by the OAuth library that made it.
      const params = oauth.validateAuthResponse(server, client, callback, oauth.skipStateCheck);
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.ClientSecretPost(clientSecret),
        params,
        `${callback.origin}${callback.pathname}`,
        verifier,
        { ...options, headers: { accept: "application/json" } },
      );
      const { access_token: token } = await oauth.processAuthorizationCodeResponse(
        server,
        client,
        await withErrorStatus(answer),
      );
      const ask = <Body>(path: string, body: z.ZodType<Body>) => askApi(apiUrl, path, token, body);
      const { id, login } = await ask("user", USER);
      const needed = settings.facts;
      const mails = needed.mail ? await orNone(ask("user/emails", MAILS)) : undefined;
      const orgs = needed.orgs.length > 0 ? await orNone(memberships(ask, needed.orgs)) : undefined;
      const mail = mails === undefined ? undefined : primaryMail(mails);
      const lacks: readonly Fact[] = [
        ...(needed.mail && mails === undefined ? (["mail"] as const) : []),
        ...(needed.orgs.length > 0 && orgs === undefined ? (["orgs"] as const) : []),
      ];
      const user = { provider: "github", issuer: github.issuer(settings), id: String(id), name: login };
      return {
        user: { ...user, ...(mail && { mail }), ...(orgs && { orgs: [...orgs] }) },
        // A round trip made for it is all the freshness there is (GitHub has no auth_time); others may have been passed through.
        ...(fresh ? { signedInAt: Date.now() } : {}),
        lacks,
      };
    } catch (error) {
      return signInDenial(error);
    }
  },
};

/**
 * How GitHub calls itself in a response (RFC 9207); older Enterprise Servers leave it out. Not `SignIn.issuer`, which must not
 * change: https://docs.github.com/en/apps/github-authentication-discovery-endpoints
 */
function responseIssuer(url: string): string {
  return new URL("/login/oauth", url).href;
}

/** Nothing, unless a list asks for it. */
function scopesFor(settings: Settings): string {
  const { mail, orgs } = settings.facts;
  return [...(mail ? ["user:email"] : []), ...(orgs.length > 0 ? ["read:org"] : [])].join(" ");
}

type Ask = <Body>(path: string, body: z.ZodType<Body>) => Promise<Body>;

async function askApi<Body>(apiUrl: string, path: string, token: string, body: z.ZodType<Body>): Promise<Body> {
  const answer = await fetch(new URL(path, apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`), {
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/vnd.github+json",
      "user-agent": "drawbridge",
    },
    redirect: "manual",
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.ok) return body.parse(await answer.json());
  await answer.body?.cancel();
  // GitHub's limits come as 403 too (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).
  const { headers, status } = answer;
  const limited = headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0";
  throw limited || tokens(status)
    ? new SignInTrouble("unavailable", "github-api")
    : new NotGiven("GitHub gives no answer");
}

class NotGiven extends Error {
  override readonly name = "NotGiven";
}

/** A fact that GitHub does not give is no fact, and keeps nobody out. */
async function orNone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof NotGiven) return undefined;
    throw error;
  }
}

/** GitHub lists every address that somebody typed in; only the primary one, and only once verified, says who they are. */
function primaryMail(mails: z.infer<typeof MAILS>): string | undefined {
  const primary = mails.find((entry) => entry.primary && entry.verified);
  return primary === undefined ? undefined : parseMail(primary.email);
}

const PAGE = 100;

/** Of the listed organisations, those the user is an active member of (GET /user/orgs); the others are not kept. */
async function memberships(ask: Ask, listed: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (let page = 1; page <= 10; page += 1) {
    const orgs = await ask(`user/orgs?per_page=${PAGE}&page=${page}`, ORGS);
    for (const { id } of orgs) if (listed.includes(String(id))) found.add(String(id));
    if (orgs.length < PAGE) break;
  }
  return [...found];
}

function required({ of }: Settings) {
  const { GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GITHUB_URL, GITHUB_API_URL } = of(GITHUB);
  if (GITHUB_CLIENT_ID === undefined || GITHUB_CLIENT_SECRET === undefined)
    throw new Error("GitHub sign-in is not configured");
  return { clientId: GITHUB_CLIENT_ID, clientSecret: GITHUB_CLIENT_SECRET, url: GITHUB_URL, apiUrl: GITHUB_API_URL };
}
