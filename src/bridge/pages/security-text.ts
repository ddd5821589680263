// /.well-known/security.txt (RFC 9116): whom to tell of a vulnerability, when the operator has said so. Pure.

import type { Settings } from "../settings.ts";

/** It says what a setting says now, so it is always fresh; a copy that somebody kept is not. */
const EXPIRES_MS = 30 * 24 * 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

export function securityText({ publicUrl, securityContact }: Settings, now: number): Response {
  const expires = new Date(Math.ceil((now + EXPIRES_MS) / DAY_MS) * DAY_MS).toISOString().replace(".000", "");
  const lines = [
    `Contact: ${securityContact}`,
    `Expires: ${expires}`,
    `Canonical: ${new URL("/.well-known/security.txt", publicUrl).href}`,
    "Preferred-Languages: en",
  ];
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "public, max-age=3600" };
  return new Response(`${lines.join("\n")}\n`, { headers });
}
