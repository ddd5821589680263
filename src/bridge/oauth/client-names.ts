// What apps call themselves, for pages that a user looks at later than consent. A name proves nothing and is a stranger's text;
// what is known of a client whose id is a URL is that its document stands there. Nothing is fetched here.

import type { ConsentDescription, OAuthHelpers } from "@cloudflare/workers-oauth-provider";
import type { Look } from "../app/app.ts";
import type { ClientId } from "../gate/principal.ts";
import { placeOf } from "./clients.ts";
import { examineName } from "./names.ts";

export interface NamedClient {
  readonly id: ClientId;
  /** Empty when the app has no name, or is registered no more. */
  readonly name: string;
  /** The address at which the client's document stands; undefined is "unverified". */
  readonly address: string | undefined;
  readonly suspects: ReadonlySet<string>;
  /** Whole sentences about the name. */
  readonly warnings: readonly string[];
}

/** What this needs of the OAuth library. */
export type ClientLookup = Pick<OAuthHelpers, "lookupClient">;

export type NamedClients = ReadonlyMap<string, NamedClient>;

export async function loadClientNames(
  oauth: ClientLookup,
  ids: readonly ClientId[],
  look: Look,
): Promise<NamedClients> {
  const named = await Promise.all([...new Set(ids)].map((id) => loadClientName(oauth, id, look)));
  return new Map(named.map((client) => [client.id, client]));
}

export async function loadClientName(oauth: ClientLookup, id: ClientId, look: Look): Promise<NamedClient> {
  const brand = look.name;
  if (id.startsWith("https://") && URL.canParse(id)) {
    const domain = new URL(id).hostname;
    return {
      id,
      name: domain,
      address: addressOf(id),
      suspects: new Set(),
      warnings: examineName({ name: domain, hosts: [domain], brand }).warnings,
    };
  }
  const client = await oauth.lookupClient(id);
  const name = client?.clientName?.trim() ?? "";
  const [redirect = ""] = client?.redirectUris ?? [];
  const place = URL.canParse(redirect) ? placeOf(redirect).place : "";
  return { id, name, address: undefined, ...examineName({ name, hosts: [place], brand }) };
}

/**
 * What was verified of a client that is a URL: host, path and query, all ASCII. The host alone would vouch for whatever any of its
 * users publishes there.
 */
export function addressOf(id: string): string {
  const { host, pathname, search } = new URL(id);
  return host + pathname + search;
}

/** The library says the id of an app without a name in its place. */
export function shownName({ clientName, clientId, clientDomain }: Described): string {
  return clientName === clientId ? (clientDomain ?? "") : clientName;
}

type Described = Pick<ConsentDescription, "clientName" | "clientId" | "clientDomain">;
