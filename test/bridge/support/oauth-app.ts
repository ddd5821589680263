// The OAuth half of an MCP app, as an author using either SDK writes it: keeps its registration and tokens in memory, listens
// on loopback, and opens a browser when the SDK asks for one. The browser is the headless user of browser.ts.

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type User, type Visit, visit } from "./browser.ts";

interface Memory {
  client?: { client_id: string };
  tokens?: { access_token: string; token_type: string; refresh_token?: string; scope?: string };
  discovery?: { authorizationServerUrl: string };
  verifier?: string;
  state?: string;
}

export async function createApp(name: string, user: User) {
  let came: URLSearchParams | undefined;
  const listener = createServer((request, response) => {
    came = new URL(request.url ?? "/", redirectUrl).searchParams;
    response.end("You may close this window.");
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const redirectUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/callback`;

  const memory: Memory = {};
  const keep = (some: Memory) => {
    Object.assign(memory, some);
  };
  const visits: Visit[] = [];
  const provider = {
    redirectUrl,
    clientMetadata: {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    state() {
      const state = crypto.randomUUID();
      keep({ state });
      return state;
    },
    clientInformation: () => memory.client,
    saveClientInformation: (client: NonNullable<Memory["client"]>) => keep({ client }),
    tokens: () => memory.tokens,
    saveTokens: (tokens: NonNullable<Memory["tokens"]>) => keep({ tokens }),
    discoveryState: () => memory.discovery,
    saveDiscoveryState: (discovery: NonNullable<Memory["discovery"]>) => keep({ discovery }),
    codeVerifier: () => memory.verifier ?? "",
    saveCodeVerifier: (verifier: string) => keep({ verifier }),
    async redirectToAuthorization(link: URL) {
      visits.push(await visit(link.href, user));
    },
  };

  return {
    provider,
    visits,
    /** What came back from the last visit, its state checked. */
    callback(): URLSearchParams {
      if (came === undefined || came.get("state") !== memory.state)
        throw new Error("nobody came back from the browser");
      return came;
    },
    close() {
      listener.close();
    },
  };
}
