// /.well-known/security.txt (RFC 9116): whom to tell of a vulnerability, when the operator has said so. Pure.

import * as z from "zod";
import { isContact } from "../addresses.ts";
import type { Context } from "../request/context.ts";
import { PAGE, type Routes } from "../request/route.ts";
import { fragment, variable } from "../setting.ts";
import type { Settings } from "../settings.ts";

export const CONTACT = fragment({
  SECURITY_CONTACT: variable(
    z.string().refine(isContact, "is no mailto: or https: URI").optional(),
    "`mailto:` or `https:` URI, served in `/.well-known/security.txt`; without it that path does not exist",
  ),
});

/** The setting, or what the app says. */
function contactOf({ settings, app }: Pick<Context, "settings" | "app">): string | undefined {
  return settings.of(CONTACT).SECURITY_CONTACT ?? app.contact;
}

export const securityRoutes: Routes = [
  [
    "/.well-known/security.txt",
    {
      name: "security",
      ...PAGE,
      off: (bridge) => contactOf(bridge) === undefined,
      serve: (_, context) => securityText(contactOf(context), context.settings, Date.now()),
    },
  ],
];

/** It says what a setting says now, so it is always fresh; a copy that somebody kept is not. */
const EXPIRES_MS = 30 * 24 * 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

function securityText(contact: string | undefined, { publicUrl }: Settings, now: number): Response {
  const expires = new Date(Math.ceil((now + EXPIRES_MS) / DAY_MS) * DAY_MS).toISOString().replace(".000", "");
  const lines = [
    `Contact: ${contact}`,
    `Expires: ${expires}`,
    `Canonical: ${new URL("/.well-known/security.txt", publicUrl).href}`,
    "Preferred-Languages: en",
  ];
  const headers = { "content-type": "text/plain; charset=utf-8", "cache-control": "public, max-age=3600" };
  return new Response(`${lines.join("\n")}\n`, { headers });
}
