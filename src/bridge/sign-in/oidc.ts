// Sign-in with any OpenID Connect provider that has discovery (oauth4webapi does the protocol). A user is issuer and subject.
// Checked: iss of the answer (RFC 9207), PKCE, the ID token's signature, issuer, audience, times and nonce (Core §3.1.3.7).

import * as oauth from "oauth4webapi";
import * as z from "zod";
import { isIssuer } from "../addresses.ts";
import { parseMail } from "../app/listing.ts";
import { FRESH_MS } from "../gate/approval.ts";
import type { SignIn, SignInResult } from "../request/sign-in.ts";
import { fragment, secret, variable } from "../setting.ts";
import type { Settings } from "../settings.ts";
import { SignInTrouble, signInDenial, tokens } from "./denial.ts";
import { loadProvider, requestOptions } from "./discovery.ts";
import { SUB, validateIdToken } from "./id-token.ts";

const DATA = z.object({ verifier: z.string(), nonce: z.string(), fresh: z.boolean().default(false) });

/** Everything a provider says about a user is text that the user may have chosen. */
const CLAIMS = z.object({
  sub: SUB,
  name: z.string().optional().catch(undefined),
  preferred_username: z.string().optional().catch(undefined),
  email: z.string().optional().catch(undefined),
  email_verified: z.boolean().optional().catch(undefined),
  /** In seconds, a fraction allowed (RFC 7519 §2). A time that cannot be is none. */
  auth_time: z.number().positive().optional().catch(undefined),
});
type Claims = z.infer<typeof CLAIMS>;

const TOGETHER = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] as const;

export const OIDC = fragment(
  {
    OIDC_ISSUER: variable(
      z.string().refine(isIssuer, "is not an https URL without query").optional(),
      "any OpenID provider with discovery; the issuer exactly as it calls itself",
      "set it in wrangler.toml under [vars] to the issuer exactly as the provider's discovery document has it",
    ),
    OIDC_CLIENT_ID: variable(
      z.string().optional(),
      "the bridge's id at that provider; callback `<PUBLIC_URL>/sign-in/oidc/callback`",
      "register the bridge with the provider and put the client id into wrangler.toml under [vars]",
    ),
    OIDC_CLIENT_SECRET: secret(
      z.string().optional(),
      "the bridge's secret at that provider",
      "npx wrangler secret put OIDC_CLIENT_SECRET",
    ),
    OIDC_LABEL: variable(
      z
        .string()
        .regex(/^(?=\S)[^\p{C}\p{Zl}\p{Zp}]{1,32}$/u, "is not 1 to 32 visible characters")
        .optional(),
      "what people call it, at most 32 characters; without it the issuer's host",
      "set it to the provider's name as people know it, or delete it",
    ),
  },
  (all, plain): Readonly<Record<string, string>> => {
    const missing = TOGETHER.filter((name) => all[name] === undefined);
    if (missing.length === TOGETHER.length) return {};
    const words = `is missing; ${TOGETHER.join(", ")} go together`;
    const wrong = all.OIDC_ISSUER?.startsWith("http:") === true && !plain ? { OIDC_ISSUER: "is not https" } : {};
    return { ...wrong, ...Object.fromEntries(missing.map((name) => [name, words])) };
  },
);

export const oidc: SignIn = {
  name: "oidc",
  settings: OIDC,
  label: (settings) => required(settings).label,
  issuer: (settings) => required(settings).issuer,
  configured: ({ of }) => of(OIDC).OIDC_ISSUER !== undefined,

  async start(callback, settings, { fresh }) {
    const { issuer, clientId } = required(settings);
    const server = await loadProvider(issuer, Date.now());
    const verifier = oauth.generateRandomCodeVerifier();
    const nonce = oauth.generateRandomNonce();
    const params = new URLSearchParams({
      response_type: "code",
      client_id: clientId,
      redirect_uri: callback.href,
      scope: settings.facts.mail ? "openid profile email" : "openid profile",
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      nonce,
    });
    // Core §3.1.2.1: asks for the password again when it was given longer ago, and for auth_time in the ID token.
    if (fresh) params.set("max_age", String(FRESH_MS / 1000));
    // Who will not say when somebody signed in is asked not to pass them through unseen.
    if (fresh && !saysWhen(server)) params.set("prompt", "select_account");
    const location = (state: string) => {
      const authorize = new URL(server.authorization_endpoint ?? "");
      for (const [name, value] of [...params, ["state", state] as const]) authorize.searchParams.set(name, value);
      return authorize;
    };
    return { data: { verifier, nonce, fresh }, location };
  },

  async finish(callback, data, settings): Promise<SignInResult> {
    const { issuer, clientId, clientSecret } = required(settings);
    const { verifier, nonce, fresh } = DATA.parse(data);
    const client = { client_id: clientId };
    try {
      const server = await loadProvider(issuer, Date.now());
      // The state was checked, in this browser, by the OAuth library that made it.
      const params = oauth.validateAuthResponse(server, client, callback, oauth.skipStateCheck);
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication(server, clientSecret),
        params,
        `${callback.origin}${callback.pathname}`,
        verifier,
        requestOptions(issuer),
      );
      const { claims: said, accessToken } = await validateIdToken(server, client, answer, nonce);
      const claims = CLAIMS.parse(said);
      const needsMail = settings.facts.mail;
      const more = await userInfo(server, client, accessToken, claims, needsMail);
      const mail = needsMail ? (verifiedMail(claims) ?? verifiedMail(more ?? claims)) : undefined;
      const user = { provider: "oidc", issuer, id: claims.sub, name: displayName(claims, more ?? claims) };
      const at = signedInAt(claims, fresh && !saysWhen(server), Date.now());
      return {
        user: { ...user, ...(mail && { mail }) },
        ...(at === undefined ? {} : { signedInAt: at }),
        ...(needsMail && more === undefined && mail === undefined ? { lacks: ["mail"] } : {}),
      };
    } catch (error) {
      return signInDenial(error);
    }
  },
};

/** Whether the provider claims to say when somebody signed in (Discovery §3): then it is held to it. */
function saysWhen({ claims_supported: claims }: oauth.AuthorizationServer): boolean {
  return claims?.includes("auth_time") ?? false;
}

/**
 * When they proved who they are, in milliseconds since 1970. Where the provider never says, a round trip that was made just now
 * for this purpose counts, as with GitHub: it shows that this browser holds the account, not that a password was typed.
 */
function signedInAt({ auth_time: at }: Claims, madeForIt: boolean, now: number): number | undefined {
  // One of the future is one that cannot be; clocks may differ a little.
  if (at !== undefined && at * 1000 <= now + FRESH_MS) return Math.floor(at * 1000);
  return madeForIt ? now : undefined;
}

/**
 * Asked only when the ID token lacks something; the library refuses an answer about another subject (Core §5.3.2). Undefined when
 * it cannot be had. That keeps nobody out, unless a mail is needed and the trouble passes.
 */
async function userInfo(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  token: string,
  claims: Claims,
  needsMail: boolean,
): Promise<Claims | undefined> {
  const complete = claims.name !== undefined || claims.preferred_username !== undefined;
  const silentOnMail = needsMail && (claims.email === undefined || claims.email_verified === undefined);
  if (server.userinfo_endpoint === undefined || (complete && !silentOnMail)) return claims;
  const asked = oauth.userInfoRequest(server, client, token, requestOptions(server.issuer));
  const answer = await (silentOnMail ? asked : asked.catch(() => undefined));
  if (silentOnMail && answer !== undefined && tokens(answer.status)) throw new SignInTrouble("unavailable", "userinfo");
  // A signed one would need keys and an algorithm of its own.
  const plain = answer?.status === 200 && /^application\/json\b/i.test(answer.headers.get("content-type") ?? "");
  if (answer === undefined || !plain) return undefined;
  return CLAIMS.parse(await oauth.processUserInfoResponse(server, client, claims.sub, answer));
}

/** Address and verification from one and the same statement: the one of another would vouch for nothing. */
function verifiedMail({ email, email_verified: verified }: Claims): string | undefined {
  return email !== undefined && verified === true ? parseMail(email) : undefined;
}

/** For users to read, never a key; and never the mail, which is kept only where a list asks for it. */
function displayName(...statements: readonly Claims[]): string {
  const names = statements.flatMap(({ preferred_username: username, name }) => [username, name]);
  const name = names.find((one) => one !== undefined && one.trim() !== "" && !one.includes("@"));
  return [...(name ?? statements[0]?.sub ?? "")].slice(0, 64).join("") || "?";
}

/**
 * In the body where the provider takes it there: many read a Basic header without undoing its form-encoding (RFC 6749 §2.3.1).
 * A provider that does not say takes Basic (RFC 8414 §2).
 */
function authentication(server: oauth.AuthorizationServer, secret: string): oauth.ClientAuth {
  const inBody = server.token_endpoint_auth_methods_supported?.includes("client_secret_post") ?? false;
  return inBody ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
}

function required({ of }: Settings) {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret, OIDC_LABEL } = of(OIDC);
  if (issuer === undefined || clientId === undefined || clientSecret === undefined)
    throw new Error("OpenID Connect sign-in is not configured");
  return { issuer, clientId, clientSecret, label: OIDC_LABEL ?? new URL(issuer).hostname };
}
