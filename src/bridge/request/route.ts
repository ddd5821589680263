// A path, who may use it how, and what answers: the one table that the edge guards and the router read. Types, and a lookup.

import type { Settings } from "../settings.ts";
import type { Context } from "./context.ts";

export interface Route {
  /** Goes into log lines instead of the path as sent. */
  readonly name: string;
  readonly methods: readonly string[];
  /** Largest body, in bytes counted as they arrive. */
  readonly maxBody: number;
  /** A page of a signed-in user, who can come back to it from sign-in. */
  readonly user?: true;
  /** Takes a form from our own pages and from nowhere else. */
  readonly ownForms?: true;
  /** What the guards refuse here reads like a path that does not exist. */
  readonly hidden?: boolean;
  /** Counted by address only when it is known that nothing genuine came with the request; the guards do not know it yet. */
  readonly countedLater?: true;
  /** Whether a setting takes the path away. */
  readonly off?: (bridge: Pick<Context, "settings" | "app">) => boolean;
  readonly serve: (request: Request, context: Context) => Promise<Response> | Response;
}

/** Paths, or patterns that match a whole path. */
export type Routes = readonly (readonly [path: string | RegExp, route: Route])[];

export const PAGE = { methods: ["GET", "HEAD"], maxBody: 0 } as const;
export const FORM = { methods: ["POST"], maxBody: 1024, ownForms: true } as const;

export function createRouter(routes: Routes): (pathname: string) => Route | undefined {
  const exact = new Map(routes.flatMap(([path, route]) => (typeof path === "string" ? [[path, route] as const] : [])));
  const patterns = routes.flatMap(([path, route]) => (typeof path === "string" ? [] : [[path, route] as const]));
  return (pathname) => exact.get(pathname) ?? patterns.find(([pattern]) => pattern.test(pathname))?.[1];
}

/** From a page's address with a slash behind it, as users type it, to the page. */
export function sentOn(
  { method, url }: Request,
  { publicUrl }: Settings,
  routeOf: (pathname: string) => Route | undefined,
): Response | undefined {
  const { pathname, search } = new URL(url);
  const path = pathname.replace(/\/$/, "");
  const page = method === "GET" && path !== pathname && routeOf(path)?.user === true;
  return page ? Response.redirect(publicUrl.origin + path + search, 308) : undefined;
}
