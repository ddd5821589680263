// Settings and bindings, parsed once per isolate. A setting that is missing or weak is a named problem with its
// remedy, never a default that lets somebody in. Pure apart from the cache.

import * as z from "zod";
import { isContact, isIssuer, isLoopback, isOrigin, isRedirectUri, isWebhook } from "./addresses.ts";
import type { App } from "./app/app.ts";
import { type FactsNeeded, factsNeeded } from "./app/entitlements.ts";
import { type Listing, parseListing } from "./app/listing.ts";
import { FIX } from "./fixes.ts";

export interface Settings {
  /** The one origin this bridge answers on, e.g. `https://bridge.example.com`; also the issuer (RFC 8414). */
  readonly publicUrl: URL;
  /** True on a laptop: plain http and loopback origins are then accepted, and nowhere else. */
  readonly loopback: boolean;
  /** The canonical resource (RFC 8707): `<publicUrl>/mcp`. */
  readonly resource: string;
  readonly secret: string;
  readonly previousSecret: string | undefined;
  readonly subjectKey: string;
  /** Who may enter; entitlements.ts says who may hold less than everything. */
  readonly entitled: readonly Listing[];
  readonly operators: readonly Listing[];
  /** What a sign-in asks its provider for, beside who somebody is. */
  readonly facts: FactsNeeded;
  readonly allowedOrigins: readonly string[];
  readonly redirectHosts: readonly string[];
  /** Whole redirect URIs, letter for letter, such as a desktop app's own scheme (RFC 8252 §7.1). */
  readonly redirectUris: readonly string[];
  /** Off: 2025-era clients are served without sessions, and no object is made for them. */
  readonly sessions: boolean;
  /** On a laptop: the messages of errors are logged (`npm start` asks for it). */
  readonly errorDetails: boolean;
  /** Multiplies every budget of the policy. */
  readonly budgetFactor: number;
  /** Off: no dynamic registration (RFC 7591), and nothing says that there is one. */
  readonly registration: boolean;
  /** Where notices are posted, signed. */
  readonly notifyUrl: string | undefined;
  /** Where a vulnerability is reported (RFC 9116); a mailto: or https: URI. */
  readonly securityContact: string | undefined;
  readonly github: GithubSettings | undefined;
  readonly oidc: OidcSettings | undefined;
}

export interface GithubSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** `https://github.com`, or the origin of a GitHub Enterprise Server. */
  readonly url: string;
  readonly apiUrl: string;
}

export interface OidcSettings {
  /** Exactly as the provider calls itself; a slash at the end counts. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** As people call the provider. */
  readonly label: string;
}

export interface Problem {
  readonly setting: string;
  readonly problem: string;
  readonly fix: string;
}

export type SettingsResult = { readonly settings: Settings } | { readonly problems: readonly Problem[] };

const words = z
  .string()
  .default("")
  .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ""));
/** Every entry that cannot be read is named: one that is passed over lets somebody in, or keeps somebody out, unseen. */
const listings = words.transform((entries, context) =>
  entries.flatMap((entry) => {
    const listing = parseListing(entry);
    if (listing === undefined) context.addIssue(`has ${JSON.stringify(entry.slice(0, 64))}, which cannot be read`);
    return listing ?? [];
  }),
);
const secret = z.string("is missing").min(32, "is shorter than 32 characters");
const optional = z
  .string()
  .optional()
  .transform((value) => (value === "" ? undefined : value));

const SETTINGS = z
  .object({
    PUBLIC_URL: z
      .string("is missing")
      .min(1, "is missing")
      .refine(isOrigin, "is not an origin such as https://bridge.example.com (http is for loopback only)"),
    DRAWBRIDGE_SECRET: secret,
    DRAWBRIDGE_SECRET_PREVIOUS: secret.optional(),
    SUBJECT_KEY: secret,
    ENTITLED: listings,
    OPERATORS: listings,
    ALLOWED_ORIGINS: words,
    REDIRECT_HOSTS: words,
    REDIRECT_URIS: words.refine((all) => all.every(isRedirectUri), "has an entry that cannot be a redirect URI"),
    BUDGET_FACTOR: z.coerce.number("is not a number").positive("is not positive").default(1),
    NOTIFY_URL: optional.refine((url) => url === undefined || isWebhook(url), "is not an https URL"),
    SECURITY_CONTACT: optional.refine((uri) => uri === undefined || isContact(uri), "is no mailto: or https: URI"),
    REGISTRATION: z.enum(["on", "off"], 'is neither "on" nor "off"').default("on"),
    ERROR_DETAILS: z.enum(["on", "off"], 'is neither "on" nor "off"').default("off"),
    SESSIONS: z.enum(["on", "off"], 'is neither "on" nor "off"').default("on"),
    GITHUB_CLIENT_ID: optional,
    GITHUB_CLIENT_SECRET: optional,
    GITHUB_URL: z.url("is not a URL").default("https://github.com"),
    GITHUB_API_URL: z.url("is not a URL").default("https://api.github.com"),
    OIDC_ISSUER: optional.refine(
      (value) => value === undefined || isIssuer(value),
      "is not an https URL without query",
    ),
    OIDC_CLIENT_ID: optional,
    OIDC_CLIENT_SECRET: optional,
    OIDC_LABEL: optional.refine(
      (value) => value === undefined || /^(?=\S)[^\p{C}\p{Zl}\p{Zp}]{1,32}$/u.test(value),
      "is not 1 to 32 visible characters",
    ),
  })
  .refine((all) => all.SUBJECT_KEY !== all.DRAWBRIDGE_SECRET, {
    path: ["SUBJECT_KEY"],
    message: "is the same as DRAWBRIDGE_SECRET",
  })
  .refine((all) => (all.GITHUB_CLIENT_ID === undefined) === (all.GITHUB_CLIENT_SECRET === undefined), {
    path: ["GITHUB_CLIENT_SECRET"],
    message: "and GITHUB_CLIENT_ID go together: one of them is missing",
  })
  .superRefine((all, context) => {
    const together = ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] as const;
    const missing = together.filter((name) => all[name] === undefined);
    if (missing.length === together.length) return;
    const plain = all.OIDC_ISSUER !== undefined && isIssuer(all.OIDC_ISSUER) && all.OIDC_ISSUER.startsWith("http:");
    if (plain && !all.PUBLIC_URL.startsWith("http:")) {
      context.addIssue({ code: "custom", path: ["OIDC_ISSUER"], message: "is not https" });
    }
    for (const name of missing) {
      context.addIssue({ code: "custom", path: [name], message: `is missing; ${together.join(", ")} go together` });
    }
  });

/** What has to be bound; wrangler.toml says to what. */
export const BINDINGS = ["OAUTH_KV", "CONTROL", "LEDGER", "RATE_OAUTH", "RATE_MCP", "RATE_GRANT"];

const parsed = new WeakMap<App, WeakMap<object, SettingsResult>>();

/** Reads every setting, the app's own too. Returns all problems at once, each with the command or place that mends it. */
export function loadSettings(env: object, app: App): SettingsResult {
  const ofApp = parsed.get(app) ?? new WeakMap<object, SettingsResult>();
  parsed.set(app, ofApp);
  const known = ofApp.get(env);
  if (known !== undefined) return known;
  const result = parseSettings(env, app);
  ofApp.set(env, result);
  return result;
}

function parseSettings(env: object, app: App): SettingsResult {
  const outcome = SETTINGS.safeParse(env);
  const issues = outcome.success ? [] : outcome.error.issues;
  const problems = issues.map((issue) => named(String(issue.path[0] ?? "settings"), issue.message));
  for (const binding of BINDINGS) {
    if (!(binding in env)) problems.push(named(binding, "is not bound"));
  }
  for (const [name, binding] of Object.entries(app.bindings)) {
    const read = binding.parse(Reflect.get(env, name));
    if ("problem" in read) problems.push({ setting: name, problem: read.problem, fix: binding.fix });
  }
  // One that fits nobody would widen what comes after it.
  for (const [index, { who }] of app.people.entries()) {
    if (app.listings[index] === undefined)
      problems.push(named("PEOPLE", `has ${JSON.stringify(who)}, which cannot be read`));
  }
  if (!outcome.success || problems.length > 0) return { problems };
  const all = outcome.data;
  const publicUrl = new URL(all.PUBLIC_URL);
  return {
    settings: {
      publicUrl,
      loopback: isLoopback(publicUrl.hostname),
      resource: `${publicUrl.origin}/mcp`,
      secret: all.DRAWBRIDGE_SECRET,
      previousSecret: all.DRAWBRIDGE_SECRET_PREVIOUS,
      subjectKey: all.SUBJECT_KEY,
      entitled: all.ENTITLED,
      operators: all.OPERATORS,
      facts: factsNeeded({ entitled: all.ENTITLED, operators: all.OPERATORS }, app),
      allowedOrigins: all.ALLOWED_ORIGINS,
      redirectHosts: all.REDIRECT_HOSTS,
      redirectUris: all.REDIRECT_URIS,
      budgetFactor: all.BUDGET_FACTOR,
      notifyUrl: all.NOTIFY_URL,
      securityContact: all.SECURITY_CONTACT ?? app.contact,
      registration: all.REGISTRATION === "on",
      sessions: all.SESSIONS === "on",
      errorDetails: all.ERROR_DETAILS === "on" && isLoopback(publicUrl.hostname),
      github:
        all.GITHUB_CLIENT_ID === undefined || all.GITHUB_CLIENT_SECRET === undefined
          ? undefined
          : {
              clientId: all.GITHUB_CLIENT_ID,
              clientSecret: all.GITHUB_CLIENT_SECRET,
              url: all.GITHUB_URL,
              apiUrl: all.GITHUB_API_URL,
            },
      oidc:
        all.OIDC_ISSUER === undefined || all.OIDC_CLIENT_ID === undefined || all.OIDC_CLIENT_SECRET === undefined
          ? undefined
          : {
              issuer: all.OIDC_ISSUER,
              clientId: all.OIDC_CLIENT_ID,
              clientSecret: all.OIDC_CLIENT_SECRET,
              label: all.OIDC_LABEL ?? new URL(all.OIDC_ISSUER).hostname,
            },
    },
  };
}

function named(setting: string, problem: string): Problem {
  return { setting, problem, fix: FIX[setting] ?? "restore its block of wrangler.toml" };
}
