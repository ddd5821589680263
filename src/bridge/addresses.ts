// What a setting that names a place may look like: https, and plain http only for a place on this computer. Pure.

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

/** Where people can be reached (RFC 9116 §2.5.3): a mail address or a page, on one line. */
export function isContact(value: string): boolean {
  if (/^mailto:[\w.+-]+@[\w-]+(\.[\w-]+)+$/.test(value)) return true;
  return URL.canParse(value) && /^https:\/\/[\x21-\x7e]+$/.test(value);
}
