// The catalogue: every scope a grant can carry, the words a person reads on the consent page, and how the page offers
// it. Flat: no scope implies another. The same list is the OAuth metadata and POLICY.md. Pure.

/** How the consent page offers a scope: `always` held, `ticked` beforehand, ticked when `asked` for, or `never` ticked. */
export type Offer = "always" | "ticked" | "asked" | "never";

export interface ScopeEntry {
  /** Completes the sentence "This app may …". */
  readonly may: string;
  /** What goes wrong if the app, or whoever steals its token, misuses it. */
  readonly risk: string;
  readonly offer: Offer;
}

// Replace: your scopes, one line each.
export const scopes = {
  "profile:read": {
    may: "see who you are on this bridge",
    risk: "It learns the name you signed in with.",
    offer: "always",
  },
  "notes:read": {
    may: "search and read your notes",
    risk: "It sees everything you have written here.",
    offer: "ticked",
  },
  "notes:write": {
    may: "add notes, and replace the text of notes you have",
    risk: "What it replaces is lost.",
    offer: "asked",
  },
  "notes:delete": {
    may: "delete notes of yours, asking you about each one",
    risk: "A note that you let it delete is gone for good.",
    offer: "never",
  },
  "web:fetch": {
    may: "read web pages for you, from the hosts that this bridge lists",
    risk: "What it asks for is told to those hosts, and a page may try to talk it into something.",
    offer: "never",
  }, // web
} as const satisfies Record<string, ScopeEntry>;

export type Scope = keyof typeof scopes;

export const SCOPES: readonly Scope[] = Object.keys(scopes).filter(isScope);

/** What every grant carries, and all that a first connection needs to ask for (RFC 9728 `scopes_supported`). */
export const BASELINE: readonly Scope[] = SCOPES.filter((scope) => scopes[scope].offer === "always");

function isScope(text: string): text is Scope {
  return Object.hasOwn(scopes, text);
}

/** The known scopes among `texts`, in catalogue order, each once. */
export function parseScopes(texts: readonly string[]): readonly Scope[] {
  return SCOPES.filter((scope) => texts.includes(scope));
}
