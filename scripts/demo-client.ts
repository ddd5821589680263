// The MCP client of `npm run demo` (SDK v2), with a user who has a browser and no screen. Tells no story; prints no token.

import {
  Client,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { visit } from "../test/bridge/support/browser.ts";
import { call, createJourney } from "../test/bridge/support/journey.ts";
import { Failure } from "./command.ts";
import type { openListener } from "./demo-bridge.ts";
import type { Role } from "./demo-cast.ts";

type Listener = Awaited<ReturnType<typeof openListener>>;

interface Kept {
  readonly client?: StoredOAuthClientInformation;
  tokens?: StoredOAuthTokens;
  readonly discovery?: OAuthDiscoveryState;
  readonly verifier?: string;
  readonly link?: URL;
}

/** A user's MCP client: it keeps its registration and tokens in memory, and its user has a browser. */
export function createApp(origin: string, name: string, listener: Listener) {
  const kept: Kept = {};
  const { legacy } = createJourney((url, init) => fetch(url, init), origin);
  const seen: { status: number; challenge: string; scope: string | undefined; body: string }[] = [];
  const provider: OAuthClientProvider = {
    redirectUrl: listener.url,
    clientMetadata: { client_name: `${name}'s app`, redirect_uris: [listener.url], token_endpoint_auth_method: "none" },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => void Object.assign(kept, { client }),
    tokens: () => kept.tokens,
    saveTokens: (tokens) => void Object.assign(kept, { tokens }),
    redirectToAuthorization: (link) => void Object.assign(kept, { link }),
    saveDiscoveryState: (discovery) => void Object.assign(kept, { discovery }),
    discoveryState: () => kept.discovery,
    invalidateCredentials: () => void delete kept.tokens,
    saveCodeVerifier: (verifier) => void Object.assign(kept, { verifier }),
    codeVerifier: () => kept.verifier ?? "",
  };
  /** Keeps what was answered. Tokens are in it and are never printed. */
  const listen = async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const answer = await fetch(url, init);
    const body = init?.method === "GET" ? "" : await answer.clone().text();
    const challenge = answer.headers.get("www-authenticate") ?? "";
    seen.push({ status: answer.status, challenge, scope: /scope="([^"]*)"/.exec(challenge)?.[1], body });
    return answer;
  };
  const transport = () =>
    new StreamableHTTPClientTransport(new URL(`${origin}/mcp`), { authProvider: provider, fetch: listen });

  /** What happens between a challenge and the token: the user's browser, consent, sign-in, and back. */
  async function grant(tick: readonly string[]) {
    if (kept.link === undefined) throw new Failure("The client was given no link to open.");
    const { asked } = await visit(kept.link.href, { name, tick });
    const back = listener.back();
    await transport().finishAuth(back);
    return { asked, came: back.has("code"), granted: kept.tokens?.scope ?? "" };
  }

  async function connect(mode: "auto" | "legacy") {
    const client = new Client({ name: "drawbridge-demo", version: "1.0.0" }, { versionNegotiation: { mode } });
    const wire = transport();
    await client.connect(wire);
    return { client, session: wire.sessionId ?? "" };
  }

  /** A call in a session, as it stands: what no honest client would send. */
  const callIn = (session: string, { name: tool, args }: Role) =>
    legacy(kept.tokens?.access_token ?? "", call(tool, args), session);
  return { kept, grant, connect, callIn, last: (status: number) => seen.findLast((one) => one.status === status) };
}

/** The error of work that must not succeed. */
export const failureOf = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error);
