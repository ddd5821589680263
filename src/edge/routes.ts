// Every path there is, with the methods it answers and the body it takes. What is not here is a plain 404. Pure.

export interface Route {
  /** Goes into log lines instead of the path as sent. */
  readonly name: string;
  readonly methods: readonly string[];
  /** Largest body, in bytes counted as they arrive. */
  readonly maxBody: number;
  /** What the guards refuse here reads like a path that does not exist. */
  readonly hidden?: boolean;
}

const PAGE = { methods: ["GET", "HEAD"], maxBody: 0 } as const;

const ROUTES: Readonly<Record<string, Route>> = {
  "/": { name: "landing", ...PAGE },
  "/authorize": { name: "authorize", methods: ["GET", "POST"], maxBody: 16 * 1024 },
  "/oauth/token": { name: "token", methods: ["POST"], maxBody: 16 * 1024 },
  "/oauth/register": { name: "register", methods: ["POST"], maxBody: 8 * 1024 },
  "/.well-known/oauth-authorization-server": { name: "metadata", ...PAGE },
  "/.well-known/oauth-protected-resource/mcp": { name: "metadata", ...PAGE },
  "/.well-known/security.txt": { name: "security", ...PAGE },
  "/mcp": { name: "mcp", methods: ["POST", "GET", "DELETE"], maxBody: 128 * 1024 },
  "/operator": { name: "operator", methods: ["POST"], maxBody: 4 * 1024, hidden: true }, // operator
};

const SIGN_IN = /^\/sign-in\/[a-z]{1,16}(\/callback)?$/;

/** Largest URL, in characters. */
export const MAX_URL = 8 * 1024;

export function routeOf(pathname: string): Route | undefined {
  if (SIGN_IN.test(pathname)) return { name: "sign-in", methods: ["GET"], maxBody: 0 };
  return Object.hasOwn(ROUTES, pathname) ? ROUTES[pathname] : undefined;
}
