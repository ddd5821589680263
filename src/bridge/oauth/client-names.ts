// What apps call themselves, for pages that a person looks at later than consent. A name proves nothing and is a stranger's text;
// the domain of a client whose id is a URL is what it was fetched from. Nothing is fetched here.

import type { OAuthHelpers } from "@cloudflare/workers-oauth-provider";
import type { ClientId } from "../gate/principal.ts";
import { examineName } from "./names.ts";

export interface NamedClient {
  readonly id: ClientId;
  /** Empty when the app has no name, or is registered no more. */
  readonly name: string;
  /** The domain that vouches for the client; undefined is "unverified". */
  readonly domain: string | undefined;
  readonly suspects: ReadonlySet<string>;
  /** Whole sentences about the name. */
  readonly warnings: readonly string[];
}

/** What this needs of the OAuth library. */
export type ClientLookup = Pick<OAuthHelpers, "lookupClient">;

export type NamedClients = ReadonlyMap<string, NamedClient>;

export async function loadClientNames(oauth: ClientLookup, ids: readonly ClientId[]): Promise<NamedClients> {
  const named = await Promise.all([...new Set(ids)].map((id) => loadClientName(oauth, id)));
  return new Map(named.map((client) => [client.id, client]));
}

export async function loadClientName(oauth: ClientLookup, id: ClientId): Promise<NamedClient> {
  if (id.startsWith("https://") && URL.canParse(id)) {
    const domain = new URL(id).hostname;
    return { id, name: domain, domain, suspects: new Set(), warnings: examineName(domain, domain, domain).warnings };
  }
  const client = await oauth.lookupClient(id);
  const name = client?.clientName?.trim() ?? "";
  const [redirect = ""] = client?.redirectUris ?? [];
  const host = URL.canParse(redirect) ? new URL(redirect).hostname : "";
  return { id, name, domain: undefined, ...examineName(name, host, undefined) };
}
