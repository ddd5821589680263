// Every path there is, with the methods it answers and the body it takes. What is not here is a plain 404. Pure.

export interface Route {
  /** Goes into log lines instead of the path as sent. */
  readonly name: string;
  readonly methods: readonly string[];
  /** Largest body, in bytes counted as they arrive. */
  readonly maxBody: number;
  /** A page of a signed-in person, who can come back to it from sign-in. */
  readonly person?: true;
  /** Takes a form from our own pages and from nowhere else. */
  readonly ownForms?: true;
  /** What the guards refuse here reads like a path that does not exist. */
  readonly hidden?: boolean;
}

const PAGE = { methods: ["GET", "HEAD"], maxBody: 0 } as const;
const FORM = { methods: ["POST"], maxBody: 1024, ownForms: true } as const;

const ROUTES: Readonly<Record<string, Route>> = {
  "/": { name: "landing", ...PAGE },
  "/authorize": { name: "authorize", methods: ["GET", "POST"], maxBody: 16 * 1024 },
  "/oauth/token": { name: "token", methods: ["POST"], maxBody: 16 * 1024 },
  "/oauth/register": { name: "register", methods: ["POST"], maxBody: 8 * 1024 },
  "/.well-known/oauth-authorization-server": { name: "metadata", ...PAGE },
  "/.well-known/oauth-protected-resource/mcp": { name: "metadata", ...PAGE },
  "/.well-known/security.txt": { name: "security", ...PAGE },
  "/sign-out": { name: "sign-out", ...FORM },
  "/mcp": { name: "mcp", methods: ["POST", "GET", "DELETE"], maxBody: 128 * 1024 },
  "/console": { name: "console", ...PAGE, person: true }, // console
  "/console/activity": { name: "console", ...PAGE, person: true }, // console
  "/console/approvals": { name: "console", ...PAGE, person: true }, // console
  "/console/trail.jsonl": { name: "console", ...PAGE }, // console
  "/console/revoke": { name: "console", ...FORM }, // console
  "/console/revoke-all": { name: "console", ...FORM }, // console
  "/operator": { name: "operator", methods: ["POST"], maxBody: 4 * 1024, hidden: true }, // operator
};

/** Paths with a name in them. */
const PATTERNS: readonly (readonly [RegExp, Route])[] = [
  [/^\/sign-in\/[a-z]{1,16}$/, { name: "sign-in", methods: ["GET", "POST"], maxBody: 1024, ownForms: true }],
  [
    /^\/approvals\/[\w-]{16,64}$/,
    { name: "approvals", methods: ["GET", "POST"], maxBody: 1024, person: true, ownForms: true },
  ],
  [/^\/sign-in\/[a-z]{1,16}\/callback$/, { name: "sign-in", methods: ["GET"], maxBody: 0 }],
];

export function routeOf(pathname: string): Route | undefined {
  if (Object.hasOwn(ROUTES, pathname)) return ROUTES[pathname];
  return PATTERNS.find(([pattern]) => pattern.test(pathname))?.[1];
}
