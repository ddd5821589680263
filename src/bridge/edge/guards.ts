// The edge guards, in order: each sees a request only when all before it let it through. Cheap, early, dull: no storage is
// touched before they are done.

import type { Bindings } from "../request/bindings.ts";
import type { Route } from "../request/route.ts";
import type { Settings } from "../settings.ts";
import { stripInternalHeaders } from "./headers.ts";
import { checkHost } from "./host.ts";
import { checkMethod } from "./method.ts";
import { checkOrigin } from "./origin.ts";
import { checkAddressRate } from "./rate.ts";
import { nothingHere } from "./refuse.ts";
import { checkUrl, loadBody } from "./size.ts";

export interface Guarded {
  readonly request: Request;
  readonly route: Route;
}

/** Whose browser session a request shows, if it is genuine. */
export type UserOf = (request: Request, settings: Settings) => Promise<string | undefined>;

/** 1 host lock · 2 known path · 3 origin and preflight · 4 method · 5 rate · 6 size, counted · 7 internal headers stripped */
export async function guard(
  incoming: Request,
  requestId: string,
  settings: Settings,
  env: Bindings,
  routeOf: (pathname: string) => Route | undefined,
  userOf: UserOf,
): Promise<Guarded | Response> {
  const misplaced = checkUrl(incoming) ?? checkHost(incoming, settings);
  if (misplaced !== undefined) return misplaced;
  const url = new URL(incoming.url);
  const route = routeOf(url.pathname);
  if (route === undefined) return sentOn(url, incoming, settings, routeOf) ?? nothingHere();
  const refused =
    checkOrigin(incoming, settings, route) ??
    checkMethod(incoming, route) ??
    (await checkRate(incoming, route, env, settings, userOf));
  if (refused !== undefined) return route.hidden ? nothingHere() : refused;
  const loaded = await loadBody(incoming, route);
  if (loaded instanceof Response) return route.hidden ? nothingHere() : loaded;
  return { request: stripInternalHeaders(incoming, requestId, loaded), route };
}

/** A page's address with a slash behind it, as people type it. */
function sentOn(
  { pathname, search }: URL,
  { method }: Request,
  { publicUrl }: Settings,
  routeOf: (pathname: string) => Route | undefined,
): Response | undefined {
  const path = pathname.replace(/\/$/, "");
  const page = method === "GET" && path !== pathname && routeOf(path)?.person === true;
  return page ? Response.redirect(publicUrl.origin + path + search, 308) : undefined;
}

/** Who shows a session of ours to a page counts for themselves, not for the office that they sit in. */
async function checkRate(request: Request, route: Route, env: Bindings, settings: Settings, userOf: UserOf) {
  if (route.countedLater) return undefined;
  const genuine = await userOf(request, settings);
  return checkAddressRate(request, route.name, env, settings, genuine === undefined ? undefined : { genuine });
}
