// The scope catalogue of an app, as the gate, the pages and the authorization server ask it (RFC 6749 §3.3). No scope implies
// another. Pure.

/** A name of the app's catalogue, such as `notes:read`. */
export type Scope = string;

/** `always` held; `asked`: ticked when asked for; `ticked`: the same, and for a first connection; `never` ticked for the user. */
export type Offer = "always" | "ticked" | "asked" | "never";

export interface ScopeEntry {
  /** Completes the sentence "This app may …". */
  readonly may: string;
  /** What goes wrong if the app, or anyone who steals its token, misuses it. */
  readonly risk: string;
  readonly offer: Offer;
}

export interface Catalogue {
  /** In the app's order. */
  readonly all: readonly Scope[];
  /** What every grant carries. */
  readonly baseline: readonly Scope[];
  /** What a first connection needs: offered to an app that asks for no more than the baseline. */
  readonly first: readonly Scope[];
  /** The known scopes among `texts`, in catalogue order, each once. */
  readonly parse: (texts: readonly string[]) => readonly Scope[];
  /** @throws when the catalogue has no such scope: what is shown was parsed before. */
  readonly entry: (scope: Scope) => ScopeEntry;
}

export function createCatalogue(entries: Readonly<Record<Scope, ScopeEntry>>): Catalogue {
  const all = Object.keys(entries);
  const entry = (scope: Scope): ScopeEntry => {
    const found = Object.hasOwn(entries, scope) ? entries[scope] : undefined;
    if (found === undefined) throw new Error("no such scope in this app's catalogue");
    return found;
  };
  return {
    all,
    baseline: all.filter((scope) => entry(scope).offer === "always"),
    first: all.filter((scope) => ["always", "ticked"].includes(entry(scope).offer)),
    parse: (texts) => all.filter((scope) => texts.includes(scope)),
    entry,
  };
}
