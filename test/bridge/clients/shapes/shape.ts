// What one client sends, as data: requests with {placeholders} where a run puts its own values. No behaviour is here;
// test/bridge/flow/client-shapes.test.ts plays each shape from its first request to its last.
//
// Placeholders: {origin} {resource} {client_id} {client_secret} {redirect_uri} {state} {challenge} {verifier} {code} {basic}
// {assertion} {refresh_token} {session}.

export type Pairs = readonly (readonly [name: string, value: string])[];
export type HeaderLines = Readonly<Record<string, string>>;

/** How sure the shape is. Each file says where it is from, and what in it is a guess. */
export type Source = "recorded" | "from its source code" | "from public reports";

/** What the bridge has to answer. */
export type Answer =
  /** 200, with the protocol version that was proposed and a session id. */
  | "initialized"
  /** 200, and 2026-07-28 is spoken. */
  | "discovered"
  /** 202, without a body. */
  | "accepted"
  /** The list of tools. */
  | "tools"
  /** The result of `search_notes`. */
  | "notes"
  /** A JSON-RPC error of the method, and the session lives on. */
  | "no such method"
  /** 405: there is no stream to open, and the client goes on without. */
  | "no stream"
  /** 204. */
  | "ended";

export interface Message {
  readonly method?: "GET" | "DELETE";
  readonly headers?: HeaderLines;
  readonly body?: unknown;
  readonly answer: Answer;
}

/** Dynamic registration (RFC 7591), or a URL that names the client and the document there. */
export type Identity =
  | { readonly headers: HeaderLines; readonly registers: object }
  | { readonly url: string; readonly document: Readonly<Record<string, unknown>>; readonly keysAt?: string };

export interface Shape {
  readonly name: string;
  readonly version: string;
  readonly source: Source;
  readonly identity: Identity;
  /** The first request, without a token; the first of `messages` where it is left out. */
  readonly knock?: { readonly method: "GET" | "POST"; readonly headers: HeaderLines };
  /** Of the two metadata documents. */
  readonly discovers: HeaderLines;
  readonly redirectUri: string;
  readonly state: string;
  readonly verifier: string;
  /** The authorization request, in the client's order. */
  readonly authorizes: Pairs;
  readonly token: { readonly headers: HeaderLines; readonly redeems: Pairs; readonly refreshes: Pairs };
  /** Of every message; a bearer token goes with them. */
  readonly headers: HeaderLines;
  /** What `messages` after the first say besides. */
  readonly later: HeaderLines;
  /** After the refresh the call is sent again, with the new token, and what ends the session. */
  readonly messages: readonly Message[];
}

export const FORM = "application/x-www-form-urlencoded";
