// Who came back from a provider, for both ways back: an app's authorization (oauth/way-back.ts) and this bridge's own pages
// (round-trip.ts). A user who could not be stored is refused here, or the next page would not know them. Says why somebody is
// not listed: the log names the fact that was missing.

import { type Fact, factsAsked } from "../app/entitlements.ts";
import { USER, type User } from "../gate/principal.ts";
import { logSignIn } from "../log.ts";
import type { RequestContext } from "../request/context.ts";
import { labelOf, type SignIn, type SignInResult } from "../request/sign-in.ts";

export async function returned(
  signIn: SignIn,
  callback: URL,
  data: unknown,
  { app, settings }: Pick<RequestContext, "app" | "settings">,
): Promise<SignInResult> {
  const result = await signIn.finish(callback, data, settings);
  if ("refused" in result) return result;
  if (!USER.safeParse(result.user).success) return { refused: "misconfigured", code: "impossible-user" };
  // The app's own list says who may hold less: without the fact nobody knows whether that is this user.
  const narrowing = factsAsked(app.listings, result.user.provider);
  const unknown = result.lacks?.find((fact) => narrowing.includes(fact));
  return unknown === undefined ? result : { refused: "misconfigured", code: CODES[unknown] };
}

const CODES = { mail: "no-verified-mail", orgs: "no-memberships" } as const;

/** Words for somebody who may hold nothing, and the line in the log. */
export function unlisted(user: User, { app, settings, signIns, requestId }: RequestContext): string {
  const known: Record<Fact, boolean> = { mail: user.mail !== undefined, orgs: user.orgs !== undefined };
  const asked = factsAsked([...settings.entitled, ...app.listings], user.provider);
  const missing = asked.filter((fact) => !known[fact]);
  logSignIn(requestId, user.provider, "unlisted", missing.map((fact) => CODES[fact]).join(" ") || "not-named");
  const signIn = signIns.find(({ name }) => name === user.provider);
  const label = signIn === undefined ? user.provider : labelOf(signIn, settings);
  const lacks = missing.map((fact) => ` ${label} did not give ${WORDS[fact]}, which the list asks for.`).join("");
  return `Your account may not use this service.${lacks} Ask its operator for access.`;
}

const WORDS = { mail: "a verified mail address of yours", orgs: "your organisations" } as const;
