// Which addresses may be fetched: https, port 443, a host that is listed letter for letter, and no name that could be a machine
// of somebody's own network. Judges the text as written and the URL it parses to (WHATWG URL), because what parsers disagree
// about is what gets through. It resolves no names; what a name may lead to is the runtime's business. Pure.

import { isPublicHost } from "../addresses.ts";
import { type Binding, setting } from "../app/bindings.ts";
import { listOf } from "../setting.ts";

export type Address =
  | { readonly url: URL; readonly refused?: undefined }
  | { readonly refused: string; readonly url?: undefined };

const MAX_CHARS = 2_048;

/** A setting of an app: the hosts that may be read from, separated by white space or commas. None is allowed, and the default. */
export function webHosts(): Binding<readonly string[]> {
  const read = (host: string) => (isPublicHost(host) ? host : undefined);
  const hosts = listOf(read, "has an entry that is no plain public host name");
  return setting(hosts, "write host names such as docs.example.com, in lower case, separated by spaces");
}

/** An address as a caller wrote it. The host has to be there in plain letters: what is fetched is what was read. */
export function checkAddress(text: string, hosts: readonly string[]): Address {
  if (text.length > MAX_CHARS) return { refused: `The address is longer than ${MAX_CHARS} characters.` };
  if (/[\s\\\p{C}]/u.test(text)) {
    return { refused: "The address has white space, a backslash or an invisible character in it." };
  }
  if (!/^https:\/\//i.test(text)) return { refused: "Only https addresses are fetched." };
  const authority = /^https:\/\/([^/?#]*)/i.exec(text)?.[1] ?? "";
  if (authority.includes("@")) return { refused: "An address with a user name or password in it is not fetched." };
  const host = authority.toLowerCase().replace(/:443$/, "");
  if (host.includes(":") && !host.startsWith("[")) return { refused: "Only port 443 is fetched from." };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname !== host) {
    return { refused: "The host has to be written as a plain name, such as docs.example.com." };
  }
  return checkUrl(url, hosts);
}

/** Where a redirect leads (RFC 9110 §10.2.2): each hop is judged like the address that was asked for. */
export function checkRedirect(location: string | null, from: URL, hosts: readonly string[]): Address {
  if (location === null || location === "") return { refused: "The host redirected without saying where to." };
  // One that names a host is judged as it is written; any other stays where it is.
  if (location.startsWith("//")) return checkAddress(`https:${location}`, hosts);
  if (/^[a-z][a-z0-9+.-]*:/i.test(location)) return checkAddress(location, hosts);
  if (location.length > MAX_CHARS || /[\s\\\p{C}]/u.test(location) || !URL.canParse(location, from.href)) {
    return { refused: "The host redirected to something that is no address." };
  }
  return checkAddress(new URL(location, from).href, hosts);
}

function checkUrl(url: URL, hosts: readonly string[]): Address {
  const plain = url.protocol === "https:" && url.port === "" && url.username === "" && url.password === "";
  if (!plain) return { refused: "Only https addresses on port 443, without a user name, are fetched." };
  if (!isPublicHost(url.hostname)) {
    return { refused: "Numeric addresses and names of private networks are not fetched." };
  }
  if (hosts.length === 0) {
    return { refused: "This bridge fetches no pages: its operator has listed no hosts (setting WEB_HOSTS)." };
  }
  if (!hosts.includes(url.hostname)) {
    return { refused: "This host is not on the list of hosts that this bridge fetches from (setting WEB_HOSTS)." };
  }
  const bare = new URL(url);
  bare.hash = "";
  return { url: bare };
}
