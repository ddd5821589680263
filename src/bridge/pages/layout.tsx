// What every page has in common: the frame around it and the headers it leaves with. No client script, no image, one
// inline stylesheet under a nonce; whatever a client managed to smuggle into a page could neither run, load nor be
// framed. Edge headers (HSTS, nosniff, CORP) are not set here but for every response, in src/bridge/edge.

import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { Look } from "../app/app.ts";
import { stylesheet } from "./style.ts";

export interface LayoutProps {
  readonly look: Look;
  /** Our own words only: a client's name in a tab title would pass for ours. */
  readonly title: string;
  readonly nonce: string;
  readonly wide?: boolean;
  /** More rules than the stylesheet of every page has. */
  readonly style?: string;
  /** Stands beside the name of the bridge. */
  readonly aside?: Child;
  /** Stands above the sheet. */
  readonly above?: Child;
  readonly children: Child;
}

export interface PageOptions {
  readonly nonce: string;
  readonly status?: number;
  /** Headers to keep, such as the cookie of `beginConsent`. Where both speak, ours win. */
  readonly headers?: Headers;
  /** True when the page posts a form to this origin. */
  readonly form?: boolean;
}

/** A fresh CSP nonce: 128 random bits in hex. */
export function createNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function Layout({ look, title, nonce, wide = false, style = "", aside, above, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · ${look.name}`}</title>
        <style nonce={nonce}>{raw(stylesheet + style + look.css)}</style>
      </head>
      <body>
        <div class={wide ? "page wide" : "page"}>
          <header>
            <a class="brand" href="/">
              <Mark />
              {look.name}
            </a>
            {aside}
          </header>
          {above}
          <main>{children}</main>
        </div>
      </body>
    </html>
  );
}

/** A tower, its deck half raised on the chain, and the far bank. */
function Mark() {
  return (
    <svg
      viewBox="0 0 40 26"
      width="40"
      height="26"
      fill="none"
      stroke="currentColor"
      stroke-linecap="square"
      aria-hidden="true"
    >
      <path d="M2 25V2h3v3h3V2h3v23z" fill="currentColor" stroke="none" />
      <path d="M14 22 30 10" stroke-width="3" />
      <path d="M12 5 29 9.5" stroke-width="1.25" />
      <path d="M31 23.5h7" stroke-width="3" />
    </svg>
  );
}

/** Turns a page into its response. Pages are synchronous: they render what they were given and load nothing. */
export function renderPage(element: JSX.Element, options: PageOptions): Response {
  const headers = new Headers(options.headers);
  headers.set("Content-Type", "text/html; charset=utf-8");
  headers.set("Content-Security-Policy", contentSecurityPolicy(options.nonce));
  headers.set("X-Frame-Options", "DENY");
  headers.set("Cache-Control", "no-store");
  headers.set("Permissions-Policy", PERMISSIONS_POLICY);
  // With no-referrer the browser would post the form with `Origin: null`, which the origin guard refuses.
  headers.set("Referrer-Policy", options.form === true ? "same-origin" : "no-referrer");
  return new Response(`<!doctype html>${element.toString()}`, { status: options.status ?? 200, headers });
}

// No form-action: Chromium applies it to the redirect after the post too, and would stop the way back to the client.
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'none'",
    `style-src 'nonce-${nonce}'`,
    "img-src 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const PERMISSIONS_POLICY = [
  "accelerometer",
  "camera",
  "clipboard-read",
  "display-capture",
  "geolocation",
  "gyroscope",
  "microphone",
  "midi",
  "payment",
  "serial",
  "usb",
]
  .map((feature) => `${feature}=()`)
  .join(", ");
