// Who is signed in to this bridge's own pages, in this browser: an encrypted cookie that the user's ledger must still list.
// Thirty minutes, never renewed. It opens pages and nothing else: no token, no grant, no tool. RFC 6265bis (`__Host-`).

import { generateCookie } from "hono/cookie";
import { parse } from "hono/utils/cookie";
import * as z from "zod";
import { whereOf } from "../edge/where.ts";
import type { Cause } from "../gate/event.ts";
import { SUBJECT_PATTERN, type Subject, USER } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import { ledgerOf } from "../ledger/address.ts";
import { BROWSER_MS } from "../ledger/browsers.ts";
import type { RequestContext } from "../request/context.ts";
import { type CookiePurpose, checkSeal, createSeal, decryptCookie, encryptCookie } from "../seal.ts";
import type { Settings } from "../settings.ts";

const SESSION = z.strictObject({
  id: z.string().length(43),
  subject: z
    .string()
    .regex(SUBJECT_PATTERN)
    .transform((text) => text as Subject),
  user: USER,
  /** When the provider says that they proved who they are; null when it does not say. */
  signedInAt: z.int().nullable(),
  born: z.int(),
});

export interface BrowserSession extends z.output<typeof SESSION> {
  /** What this user may hold now. */
  readonly entitled: readonly Scope[];
}

/** The names of our cookies, without `__Host-`. A sign-in that is under way has one of its own: `tag` follows the name. */
const NAMES = {
  "browser-session": "drawbridge-session",
  "browser-sign-in": "drawbridge-sign-in",
  /** Proves nothing. */
  decided: "drawbridge-decided",
} as const;

/**
 * The `Set-Cookie` line. Lax, not Strict: both a provider and the app that shows a link to an approval are other sites, and a
 * user who comes from there must be known. Nothing is changed by a GET, and no POST from elsewhere is taken.
 */
export function cookieLine(purpose: keyof typeof NAMES, value: string, maxAge: number, tag = ""): string {
  const options = { prefix: "host", path: "/", secure: true, httpOnly: true, sameSite: "Lax", maxAge } as const;
  return generateCookie(NAMES[purpose] + tag, value, options);
}

export function hasCookie(cookies: string, purpose: keyof typeof NAMES): boolean {
  const name = `__Host-${NAMES[purpose]}`;
  return parse(cookies, name)[name] !== undefined;
}

export async function readCookie(
  request: Request,
  purpose: CookiePurpose,
  settings: Settings,
  tag = "",
): Promise<unknown | undefined> {
  const name = `__Host-${NAMES[purpose]}${tag}`;
  const value = parse(request.headers.get("cookie") ?? "", name)[name];
  if (value === undefined) return undefined;
  const text = await decryptCookie(settings, purpose, value);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Of what is under way in a browser (each has a cookie, for ten minutes), as many are kept. */
const KEPT = 4;

/** Ends the oldest sign-ins under way in a browser, so that there is room for one more. */
export function droppedSignIns(request: Request): readonly string[] {
  return dropped(request, `__Host-${NAMES["browser-sign-in"]}-`);
}

/** The same for consent pages, and for ways back to them: their cookies are the OAuth library's. */
export function droppedConsents(request: Request): readonly string[] {
  return ["consent", "upstream"].flatMap((kind) => dropped(request, `__Host-oauth-${kind}-`));
}

/** Browsers send the oldest cookie first (RFC 6265 §5.4). */
function dropped(request: Request, prefix: string): readonly string[] {
  const names = Object.keys(parse(request.headers.get("cookie") ?? "")).filter((name) => name.startsWith(prefix));
  const options = { path: "/", secure: true, httpOnly: true, sameSite: "Lax", maxAge: 0 } as const;
  return names.slice(0, Math.max(0, names.length - KEPT + 1)).map((name) => generateCookie(name, "", options));
}

/** The cookie of a session that the ledger has just opened. */
export async function sealBrowserSession(session: z.input<typeof SESSION>, settings: Settings): Promise<string> {
  const value = await encryptCookie(settings, "browser-session", JSON.stringify(session));
  return cookieLine("browser-session", value, BROWSER_MS / 1000);
}

/** Clears it in the browser; the ledger is told by `endBrowserSession`. */
export const CLEARED = cookieLine("browser-session", "", 0);

/** Whose session a browser shows, by its seal alone: it may have ended, so this opens nothing. */
export async function sessionSubject(request: Request, settings: Settings): Promise<Subject | undefined> {
  const parsed = SESSION.safeParse(await readCookie(request, "browser-session", settings));
  return parsed.success && parsed.data.born + BROWSER_MS > Date.now() ? parsed.data.subject : undefined;
}

/** The session of this browser, or undefined. Asks at every page what the user may hold and whether the ledger lists it. */
export async function loadBrowserSession(
  request: Request,
  { env, settings, entitlement }: RequestContext,
): Promise<BrowserSession | undefined> {
  const parsed = SESSION.safeParse(await readCookie(request, "browser-session", settings));
  if (!parsed.success || parsed.data.born + BROWSER_MS <= Date.now()) return undefined;
  const session = parsed.data;
  const entitled = entitlement(session.user);
  if (entitled.length === 0) return undefined;
  const live = await ledgerOf(env, session.subject).browserSession(session.id);
  return live ? { ...session, entitled } : undefined;
}

export async function endBrowserSession(session: BrowserSession, request: Request, context: RequestContext) {
  await ledgerOf(context.env, session.subject).endBrowserSessions(session.id, browserRequest(request, context));
}

export function browserRequest(
  request: Request,
  { requestId }: Pick<RequestContext, "requestId">,
): Pick<Cause, "request" | "where"> {
  return { request: requestId, where: whereOf(request) };
}

/** For a hidden field of a form: made for this session and this one deed. */
export async function formToken(session: BrowserSession, deed: string, settings: Settings): Promise<string> {
  return createSeal(settings, "form", [session.id, deed]);
}

export async function checkFormToken(
  session: BrowserSession,
  deed: string,
  token: unknown,
  settings: Settings,
): Promise<boolean> {
  return typeof token === "string" && checkSeal(settings, "form", [session.id, deed], token);
}
