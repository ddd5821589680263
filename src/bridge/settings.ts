// Settings and bindings, read once per isolate: the fragments of the rooms, and of what the entry names. A setting that is missing,
// weak or misspelt is a named problem with its remedy, never a default that lets somebody in. Pure apart from the cache.

import * as z from "zod";
import { isLoopback, isOrigin } from "./addresses.ts";
import type { App } from "./app/app.ts";
import { type FactsNeeded, factsNeeded, LISTS } from "./app/entitlements.ts";
import { LISTING_FORMS, type Listing } from "./app/listing.ts";
import { once } from "./once.ts";
import { type Fragment, fragment, quotedIn, type Setting, secret, type Values, variable } from "./setting.ts";
import { unknownIn } from "./unknown-settings.ts";

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
  /** Who may enter; an app's `people` say who may hold less than everything. */
  readonly entitled: readonly Listing[];
  /** What a sign-in asks its provider for, beside who somebody is. */
  readonly facts: FactsNeeded;
  /** What was set and means nothing here: logged, and refused by a deploy. */
  readonly unknown: readonly Problem[];
  /** What a room reads of its own. @throws when its fragment is not in this bridge */
  readonly of: <R extends Fragment["settings"]>(one: Fragment<R>) => Values<R>;
}

export interface Problem {
  readonly setting: string;
  readonly problem: string;
  readonly fix: string;
  /** What was set, quoted: for the log and a deploy, never for a page. */
  readonly value?: string;
}

export type SettingsResult = { readonly settings: Settings } | { readonly problems: readonly Problem[] };
export type LoadSettings = (env: object) => SettingsResult;

const ORIGIN = "is not an origin such as https://bridge.example.com (http is for loopback only)";
const KEY = z.string("is missing").min(32, "is shorter than 32 characters");

/** What nothing can do without. */
export const BASE = fragment(
  {
    PUBLIC_URL: variable(
      z.string("is missing").refine(isOrigin, ORIGIN),
      "the one origin: issuer, audience and host lock",
      "set it in wrangler.toml under [vars] to the one https origin people will use",
    ),
    DRAWBRIDGE_SECRET: secret(
      KEY,
      "root of the seals; rotates",
      "openssl rand -base64 32 | npx wrangler secret put DRAWBRIDGE_SECRET",
    ),
    DRAWBRIDGE_SECRET_PREVIOUS: secret(
      KEY.optional(),
      "the one before, still accepted: keep it 8 hours (the age of a session), then delete it",
      "give it the old DRAWBRIDGE_SECRET, or delete it: npx wrangler secret delete DRAWBRIDGE_SECRET_PREVIOUS",
    ),
    SUBJECT_KEY: secret(
      KEY,
      "makes subject ids; never rotates",
      "npm run deploy makes one and leaves a copy in .deploy.vars; keep it safe, for it never changes",
    ),
  },
  ({ SUBJECT_KEY, DRAWBRIDGE_SECRET }): Readonly<Record<string, string>> =>
    SUBJECT_KEY === DRAWBRIDGE_SECRET ? { SUBJECT_KEY: "is the same as DRAWBRIDGE_SECRET" } : {},
);

/** What has to be bound; wrangler.toml says to what. */
const BINDINGS = ["OAUTH_KV", "CONTROL", "LEDGER", "RATE_OAUTH", "RATE_MCP", "RATE_GRANT"];

/** Over an app and the fragments of all that is in its bridge. Names all problems at once. */
export function settingsOver(app: App, more: readonly Fragment[]): LoadSettings {
  const fragments = [BASE, LISTS, ...more];
  const known = [...fragments.flatMap(({ settings }) => Object.keys(settings)), ...Object.keys(app.bindings)];
  return once(load);

  function load(env: object): SettingsResult {
    const values = new Map<Fragment, unknown>();
    const problems = fragments.flatMap((one) => {
      const outcome = readFragment(one, env);
      if ("problems" in outcome) return outcome.problems;
      values.set(one, outcome.values);
      return [];
    });
    problems.push(...problemsOfApp(app, env));
    const unknown: Problem[] = [];
    for (const { name: setting, near } of unknownIn(env, known)) {
      const problem = `is no setting of this bridge${near === undefined ? "" : `, ${near.other} is`}`;
      const fix = "mend its name, or take it out of where it is set (docs/operations.md)";
      // The secret of a way to sign in that is gone must not stop the bridge; a slip of the pen must.
      (near !== undefined && near.far <= 2 ? problems : unknown).push({ setting, problem, fix });
    }
    if (problems.length > 0) return { problems: [...problems, ...unknown] };
    const of = <R extends Fragment["settings"]>(one: Fragment<R>): Values<R> => {
      if (!values.has(one)) throw new Error(`${Object.keys(one.settings)} are no settings of this bridge`);
      return values.get(one) as Values<R>;
    };
    const { PUBLIC_URL, DRAWBRIDGE_SECRET, DRAWBRIDGE_SECRET_PREVIOUS, SUBJECT_KEY } = of(BASE);
    const publicUrl = new URL(PUBLIC_URL);
    return {
      settings: {
        publicUrl,
        loopback: isLoopback(publicUrl.hostname),
        resource: `${publicUrl.origin}/mcp`,
        secret: DRAWBRIDGE_SECRET,
        previousSecret: DRAWBRIDGE_SECRET_PREVIOUS,
        subjectKey: SUBJECT_KEY,
        entitled: of(LISTS).ENTITLED,
        facts: factsNeeded(of(LISTS), app),
        unknown,
        of,
      },
    };
  }
}

/** A fragment by itself, as far as that goes. What is set to nothing is not set. */
export function readFragment<R extends Fragment["settings"]>(
  { settings, together }: Fragment<R>,
  env: object,
): { readonly values: Values<R> } | { readonly problems: readonly Problem[] } {
  const problem = (setting: string, words: string, value?: string): Problem => {
    const fix = settings[setting]?.fix ?? "";
    return value === undefined ? { setting, problem: words, fix } : { setting, problem: words, fix, value };
  };
  const problems: Problem[] = [];
  const entries = Object.entries<Setting>(settings).map(([name, { schema }]) => {
    const read = schema.safeParse(textOf(env, name));
    if (!read.success)
      problems.push(...read.error.issues.map((issue) => problem(name, issue.message, quotedIn(issue))));
    return [name, read.data] as const;
  });
  if (problems.length > 0) return { problems };
  const values = Object.fromEntries(entries) as Values<R>;
  const plain = textOf(env, "PUBLIC_URL")?.startsWith("http:") ?? false;
  for (const [name, words] of Object.entries(together?.(values, plain) ?? {})) problems.push(problem(name, words));
  return problems.length > 0 ? { problems } : { values };
}

function textOf(env: object, name: string): string | undefined {
  const value: unknown = Reflect.get(env, name);
  return value === undefined || value === "" ? undefined : String(value);
}

function problemsOfApp({ bindings, people, listings }: App, env: object): readonly Problem[] {
  const unbound = BINDINGS.filter((name) => !(name in env)).map((setting) => {
    return { setting, problem: "is not bound", fix: "restore its block of wrangler.toml" };
  });
  const own = Object.entries(bindings).flatMap(([setting, { parse, fix }]) => {
    const read = parse(Reflect.get(env, setting));
    return "problem" in read ? [{ setting, fix, ...read }] : [];
  });
  // One that fits nobody would widen what comes after it.
  const unread = people.flatMap(({ who: value }, index) => {
    const problem = `has an entry that cannot be read (entry ${index + 1})`;
    const fix = `mend it in src/people.ts: people are written as ${LISTING_FORMS}`;
    return listings[index] === undefined ? [{ setting: "PEOPLE", problem, fix, value: JSON.stringify(value) }] : [];
  });
  return [...unbound, ...own, ...unread];
}
