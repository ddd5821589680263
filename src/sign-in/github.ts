// Sign-in with GitHub (OAuth 2.0 with PKCE; oauth4webapi does the protocol). A person is their numeric id: a login can be
// renamed and taken over. GitHub's token is used for one question, who this is, and dropped.

import * as oauth from "oauth4webapi";
import * as z from "zod";
import type { GithubSettings, Settings } from "../env.ts";
import { isLoopback } from "../env.ts";
import type { SignIn, SignInResult } from "./sign-in.ts";

const DATA = z.object({ verifier: z.string() });
const USER = z.object({ id: z.int().positive(), login: z.string().min(1).max(64) });

export const github: SignIn = {
  name: "github",
  label: "GitHub",
  configured: ({ github }) => github !== undefined,

  async start(callback, settings) {
    const { clientId, url } = required(settings);
    const verifier = oauth.generateRandomCodeVerifier();
    const challenge = await oauth.calculatePKCECodeChallenge(verifier);
    const location = (state: string) => {
      const authorize = new URL("/login/oauth/authorize", url);
      authorize.search = new URLSearchParams({
        client_id: clientId,
        redirect_uri: callback.href,
        state,
        code_challenge: challenge,
        code_challenge_method: "S256",
        allow_signup: "false",
      }).toString();
      return authorize;
    };
    return { data: { verifier }, location };
  },

  async finish(callback, data, settings): Promise<SignInResult> {
    const { clientId, clientSecret, url, apiUrl } = required(settings);
    const { verifier } = DATA.parse(data);
    const server = { issuer: url, token_endpoint: new URL("/login/oauth/access_token", url).href };
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
      const { access_token: token } = await oauth.processAuthorizationCodeResponse(server, client, answer);
      const headers = {
        authorization: `Bearer ${token}`,
        accept: "application/vnd.github+json",
        "user-agent": "drawbridge",
      };
      const asked = await fetch(new URL("user", apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`), {
        headers,
        redirect: "manual",
        signal: AbortSignal.timeout(10_000),
      });
      if (!asked.ok) return { refused: "unavailable" };
      const { id, login } = USER.parse(await asked.json());
      return { person: { provider: "github", issuer: new URL(url).origin, id: String(id), name: login } };
    } catch (error) {
      const denied = error instanceof oauth.AuthorizationResponseError || error instanceof oauth.ResponseBodyError;
      return { refused: denied ? "denied" : "unavailable" };
    }
  },
};

function required({ github }: Settings): GithubSettings {
  if (github === undefined) throw new Error("GitHub sign-in is not configured");
  return github;
}
