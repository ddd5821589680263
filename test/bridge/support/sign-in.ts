// A user on the way to a provider and back, with the cookies of one browser.

import type { AuthorizeOptions, Client, Journey } from "./journey.ts";
import { ORIGIN } from "./worker.ts";

export interface Trip {
  readonly client: Client;
  /** Where the bridge sent the user. */
  readonly sent: URL;
  /** What the provider sent the user back with. */
  readonly callback: string;
  /** What the bridge answered to that. */
  readonly back: Response;
  readonly location: URL;
  /** What the browser holds at the end. */
  readonly cookie: string;
}

/** From the consent page to `provider`, where the query `there` says who signs in, and back. */
export async function signInWith(
  journey: Journey,
  provider: string,
  there: Readonly<Record<string, string>>,
  options: AuthorizeOptions & { readonly cookie?: string } = {},
): Promise<Trip> {
  const client = await journey.register();
  const page = await journey.openConsent(client, options);
  const allowed = await journey.postConsent(page, { ...options, decision: `allow:${provider}` });
  const sent = new URL(allowed.headers.get("location") ?? ORIGIN);
  const answered = await fetch(`${sent.href}&${new URLSearchParams(there)}`, { redirect: "manual" });
  const callback = answered.headers.get("location") ?? ORIGIN;
  const headers = { cookie: options.cookie ?? cookiesOf(allowed) };
  const back = await journey.fetch(callback, { headers, redirect: "manual" });
  const location = new URL(back.headers.get("location") ?? ORIGIN);
  return { client, sent, callback, back, location, cookie: cookiesOf(back) };
}

export function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}
