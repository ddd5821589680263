// What an app binds for its capabilities: databases, services, settings. A capability gets these and nothing of the bridge's;
// one that only reads gets views that cannot write. Pure: what `parse` is given comes from the Worker's env.

import type * as z from "zod";
import { quotedIn } from "../setting.ts";

/** What a capability that reads gets of a D1 database: `prepare` takes one SELECT, here and at run time. */
export interface D1Reader {
  prepare(sql: `SELECT ${string}`): D1PreparedStatement;
}

/** One name of `wrangler.toml`, as capabilities get it: whole, or as a view that cannot write. */
export interface Binding<Full, Reading = Full> {
  /** @returns the binding, or what is wrong with it, to follow its name in a sentence; `value` is quoted in the log only. */
  readonly parse: (value: unknown) => { readonly full: Full } | { readonly problem: string; readonly value?: string };
  readonly reading: (full: Full) => Reading;
  /** What mends it, in words or as a command. */
  readonly fix: string;
}

// biome-ignore lint/suspicious/noExplicitAny: a constraint, never a value
export type Bound = Readonly<Record<string, Binding<any, any>>>;

const NOT_BOUND = { problem: "is not bound" } as const;
const RESTORE = "restore its block of wrangler.toml";

/** A D1 database of the app's own. */
export function d1(): Binding<D1Database, D1Reader> {
  return {
    parse: (value) => (value === undefined ? NOT_BOUND : { full: value as D1Database }),
    reading: (full) => ({
      prepare(sql) {
        // D1 runs every statement of a text: "SELECT 1; DELETE FROM note" deletes. "SELECT" alone begins no CTE that writes.
        if (!/^\s*SELECT\s[^;]*$/i.test(sql)) throw new Error("a capability that reads prepares one SELECT");
        return full.prepare(sql);
      },
    }),
    fix: RESTORE,
  };
}

/** Any other binding, such as a service or a queue: handed over as it is, to capabilities that read too. */
export function service<T>(): Binding<T> {
  return {
    parse: (value) => (value === undefined ? NOT_BOUND : { full: value as T }),
    reading: (full) => full,
    fix: RESTORE,
  };
}

/** A variable or secret, checked once per isolate. `fix` follows the setting's name where a problem is shown. */
export function setting<Schema extends z.ZodType>(schema: Schema, fix: string): Binding<z.output<Schema>> {
  return {
    parse(value) {
      const parsed = schema.safeParse(value);
      if (parsed.success) return { full: parsed.data };
      const [issue] = parsed.error.issues;
      const quoted = issue === undefined ? undefined : quotedIn(issue);
      const problem = issue?.message ?? "cannot be read";
      return quoted === undefined ? { problem } : { problem, value: quoted };
    },
    reading: (full) => full,
    fix,
  };
}

/** Names that are the bridge's: an app that bound one of them would hand a capability what holds every user's authority. */
const RESERVED: readonly string[] = [
  ...["CONTROL", "LEDGER", "MCP_SESSIONS", "OAUTH_KV", "ARCHIVE", "RATE_OAUTH", "RATE_MCP", "RATE_GRANT"],
  ...["DRAWBRIDGE_SECRET", "DRAWBRIDGE_SECRET_PREVIOUS", "SUBJECT_KEY", "GITHUB_CLIENT_SECRET", "OIDC_CLIENT_SECRET"],
];
type Reserved =
  | "CONTROL"
  | "LEDGER"
  | "MCP_SESSIONS"
  | "OAUTH_KV"
  | "ARCHIVE"
  | `RATE_${string}`
  | `DRAWBRIDGE_SECRET${string}`
  | "SUBJECT_KEY"
  | "GITHUB_CLIENT_SECRET"
  | "OIDC_CLIENT_SECRET";
type TakenByTheBridge<Name> = `${Name & string} is a name of the bridge's own; call it something else`;

/** @throws where types were silenced and a name is the bridge's own. */
export function defineBindings<B extends Bound>(
  bindings: B & { readonly [Name in keyof B & Reserved]: TakenByTheBridge<Name> },
): B {
  const taken = Object.keys(bindings).find((name) => isReserved(name));
  if (taken !== undefined) throw new Error(`${taken} is a name of the bridge's own; call it something else`);
  return Object.freeze(bindings);
}

function isReserved(name: string): boolean {
  return /^(RATE_|DRAWBRIDGE_SECRET)/.test(name) || RESERVED.includes(name);
}

export type BindingsOf<B extends Bound> = {
  readonly [Name in keyof B]: B[Name] extends Binding<infer Full, infer _> ? Full : never;
};
export type ReadingOf<B extends Bound> = {
  readonly [Name in keyof B]: B[Name] extends Binding<infer _, infer Reading> ? Reading : never;
};
