// What a place may look like that a setting, a client or a page names: https, and plain http only on this computer; names that
// could be a machine of somebody's own network; and whom an address stands for, where a share is given to each. It resolves no
// names. Pure.

const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

export function isLoopback(hostname: string): boolean {
  return LOOPBACK_HOSTS.has(hostname);
}

/** An OpenID provider, exactly as it calls itself: no query, no fragment, nothing hidden in it. */
export function isIssuer(value: string): boolean {
  if (!URL.canParse(value) || /[?#\s]/.test(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** `https://bridge.example.com` and no more. */
export function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  if (url.origin !== value && url.href !== value) return false;
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}

export function isWebhook(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** Where users can be reached (RFC 9116 §2.5.3): a mail address or a page, on one line. */
export function isContact(value: string): boolean {
  if (/^mailto:[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(value)) return true;
  return URL.canParse(value) && /^https:\/\/[\x21-\x7e]+$/.test(value);
}

/** Top-level names that lead nowhere, or into a network of one's own (RFC 6761, 6762, 7686, 8375, 9476, and by custom). */
const PRIVATE_ZONES: ReadonlySet<string> = new Set(
  "alt arpa corp example home internal intranet invalid lan local localdomain localhost onion private test".split(" "),
);

const LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** Whether a name can be in a list of hosts: lower case, two labels or more, public, and no number in any spelling. */
export function isPublicHost(name: string): boolean {
  const labels = name.split(".");
  const zone = labels.at(-1) ?? "";
  if (name.length > 253 || labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  // A last label that begins with a digit makes parsers read a number: 127.1, 0x7f.1, 2130706433 (WHATWG URL, "ends in a number").
  return /^[a-z]/.test(zone) && !PRIVATE_ZONES.has(zone);
}

/** Schemes that a browser or the system acts on by itself, or that lead to a server: none is a program's own (RFC 8252 §7.1). */
const NOBODYS_OWN: ReadonlySet<string> = new Set(
  "about: blob: data: file: ftp: http: javascript: mailto: sms: tel: vbscript: view-source: ws: wss:".split(" "),
);

/** Where a code may ever be sent, letter for letter: https, http on this computer, or a program's own scheme. */
export function isRedirectUri(value: string): boolean {
  if (!URL.canParse(value) || /[#\s\\\p{C}]/u.test(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== "" || password !== "") return false;
  return (protocol === "http:" && isLoopback(hostname)) || !NOBODYS_OWN.has(protocol);
}

/** The /48 that an IPv6 address is one of: one customer has at least a /64 and gets a /48 for the asking (RFC 6177). */
export function networkOf(address: string): string {
  return prefixOf(address, 3);
}

/** The /64 that an IPv6 address is one of: a subscriber has them all. */
export function subscriberOf(address: string): string {
  return prefixOf(address, 4);
}

function prefixOf(address: string, length: number): string {
  // A mapped address (RFC 4291 §2.5.5.2) is the IPv4 address at its end.
  const [mapped] = /(?<=^::ffff:)\d+(\.\d+){3}$/i.exec(address) ?? [];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const full = tail === undefined ? groups : [...groups, ...Array(length).fill("0")];
  return full
    .slice(0, length)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
