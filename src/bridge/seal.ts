// Every MAC and encryption of ours, and nothing else: one HKDF key per purpose (RFC 5869), HMAC-SHA-256 (RFC 2104). Tokens,
// codes, PKCE and cookies are the OAuth library's. Only this file touches crypto.subtle (the ledger's hash chain aside).

import { createHash, timingSafeEqual } from "node:crypto";
import { canonical } from "./gate/canonical.ts";

/** What a seal is for. A seal made for one purpose does not open under another. */
export type Purpose = "session" | "pass" | "notify" | "form";
/** What is kept encrypted in a cookie, and for what. */
export type CookiePurpose = "browser-session" | "browser-sign-in";

const encoder = new TextEncoder();
const keys = new Map<string, Promise<CryptoKey>>();

function keyFor(secret: string, purpose: string): Promise<CryptoKey> {
  const name = `${purpose}\n${secret}`;
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = deriveKey(secret, purpose);
  keys.set(name, key);
  return key;
}

async function deriveKey(secret: string, purpose: string): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  const params = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(32),
    info: encoder.encode(`drawbridge/${purpose}/1`),
  };
  return crypto.subtle.deriveKey(params, root, { name: "HMAC", hash: "SHA-256", length: 256 }, false, [
    "sign",
    "verify",
  ]);
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

async function mac(secret: string, purpose: string, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", await keyFor(secret, purpose), encoder.encode(text)));
}

/** The root secret and, during a rotation, the one before it (which still opens, and never seals). */
export interface Secrets {
  readonly secret: string;
  readonly previousSecret: string | undefined;
}

/** The MAC over `parts`, base64url. Parts are joined unambiguously. */
export async function createSeal(secrets: Secrets, purpose: Purpose, parts: readonly string[]): Promise<string> {
  return base64url(await mac(secrets.secret, purpose, canonical(parts)));
}

/** Whether `seal` is the MAC over `parts`, in constant time, under the current or the previous secret. */
export async function checkSeal(
  secrets: Secrets,
  purpose: Purpose,
  parts: readonly string[],
  seal: string,
): Promise<boolean> {
  const bytes = fromBase64url(seal);
  // One spelling only: the last letter of base64url has two bits to spare.
  if (bytes === undefined || bytes.length !== 32 || base64url(bytes) !== seal) return false;
  const text = encoder.encode(canonical(parts));
  for (const secret of [secrets.secret, secrets.previousSecret]) {
    if (secret === undefined) continue;
    if (await crypto.subtle.verify("HMAC", await keyFor(secret, purpose), bytes, text)) return true;
  }
  return false;
}

const ID_CHARS = 16;
const CHECK_CHARS = 6;

/**
 * A user's subject id: `dbr1_`, 96 bits of HMAC over issuer and provider id, 36 bits of MAC over those. Under a key
 * that never changes: losing it makes everyone a new user.
 */
export async function createSubject(subjectKey: string, issuer: string, id: string): Promise<string> {
  const body = base64url(await mac(subjectKey, "subject", canonical([issuer, id]))).slice(0, ID_CHARS);
  return `dbr1_${body}${await subjectCheck(subjectKey, body)}`;
}

/** Whether `text` is a subject id we made, so that nobody can address a ledger that was never anyone's. */
export async function checkSubject(subjectKey: string, text: string): Promise<boolean> {
  if (!/^dbr1_[\w-]{22}$/.test(text)) return false;
  const body = text.slice(5, 5 + ID_CHARS);
  return text.slice(5 + ID_CHARS) === (await subjectCheck(subjectKey, body));
}

async function subjectCheck(subjectKey: string, body: string): Promise<string> {
  return base64url(await mac(subjectKey, "subject-check", body)).slice(0, CHECK_CHARS);
}

/** Encrypts and authenticates what a browser keeps for us (AES-256-GCM under the purpose's own key). */
export async function encryptCookie({ secret }: Secrets, purpose: CookiePurpose, text: string): Promise<string> {
  return encryptWith(await aesKey(secret, purpose), text);
}

/** The text, or undefined for whatever we did not make for this purpose under the current or the previous secret. */
export async function decryptCookie(
  { secret, previousSecret }: Secrets,
  purpose: CookiePurpose,
  sealed: string,
): Promise<string | undefined> {
  for (const root of [secret, previousSecret]) {
    if (root === undefined) continue;
    const text = await decryptWith(await aesKey(root, purpose), sealed).catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** 256 random bits, base64url. */
export function randomToken(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export async function sameText(one: string, other: string): Promise<boolean> {
  const [left, right] = [await sha256(one), await sha256(other)].map((digest) => encoder.encode(digest));
  return left !== undefined && right !== undefined && timingSafeEqual(left, right);
}

/** Encrypts text so that only the holder of `token` can read it (AES-256-GCM under an HKDF key of the token). */
export async function encryptUnder(token: string, text: string): Promise<string> {
  return encryptWith(await aesKey(token, "refresh-answer"), text);
}

/** @throws when it was not encrypted under this token. */
export async function decryptUnder(token: string, sealed: string): Promise<string> {
  return decryptWith(await aesKey(token, "refresh-answer"), sealed);
}

async function encryptWith(key: CryptoKey, text: string, bound = ""): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const params = { name: "AES-GCM", iv, additionalData: encoder.encode(bound) };
  const sealed = await crypto.subtle.encrypt(params, key, encoder.encode(text));
  return `${base64url(iv)}.${base64url(new Uint8Array(sealed))}`;
}

async function decryptWith(key: CryptoKey, sealed: string, bound = ""): Promise<string> {
  const [iv, bytes, ...more] = sealed.split(".").map(fromBase64url);
  if (iv === undefined || bytes === undefined || more.length > 0) throw new Error("not sealed by us");
  const params = { name: "AES-GCM", iv, additionalData: encoder.encode(bound) };
  return new TextDecoder().decode(await crypto.subtle.decrypt(params, key, bytes));
}

async function aesKey(secret: string, purpose: string): Promise<CryptoKey> {
  const root = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  const info = encoder.encode(`drawbridge/${purpose}/1`);
  const params = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info };
  return crypto.subtle.deriveKey(params, root, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** Whose arguments, of which tool: what was encrypted for one opens for no other. */
export interface ArgumentsOf {
  readonly subject: string;
  readonly tool: string;
}

/** Encrypts the arguments of a call that waits for approval (AES-256-GCM under an HKDF key of the secret). */
export async function encryptArguments({ secret }: Secrets, of: ArgumentsOf, args: unknown): Promise<string> {
  return encryptWith(await aesKey(secret, "approval"), canonical(args), boundTo(of));
}

/** @throws when they were not encrypted by us, for this user and tool, under the current or the previous secret. */
export async function decryptArguments(secrets: Secrets, of: ArgumentsOf, sealed: string): Promise<unknown> {
  const open = async (secret: string) => decryptWith(await aesKey(secret, "approval"), sealed, boundTo(of));
  const { previousSecret } = secrets;
  const opened = open(secrets.secret);
  return JSON.parse(await (previousSecret === undefined ? opened : opened.catch(() => open(previousSecret))));
}

function boundTo({ subject, tool }: ArgumentsOf): string {
  return canonical([subject, tool]);
}

/** 128 random bits, base64url: a name that nobody can guess. */
export function randomId(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(16)));
}

/** Signs a head of the audit log (Ed25519, RFC 8032). The key is derived from SUBJECT_KEY, which never changes. */
export async function signHead(subjectKey: string, text: string): Promise<string> {
  const { privateKey } = await headKeys(subjectKey);
  return base64url(new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, encoder.encode(text))));
}

/** Whether a head was signed by this bridge. */
export async function checkHead(subjectKey: string, text: string, signature: string): Promise<boolean> {
  const bytes = fromBase64url(signature);
  const { publicKey } = await headKeys(subjectKey);
  const raw = fromBase64url(publicKey);
  if (bytes === undefined || raw === undefined) return false;
  const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, bytes, encoder.encode(text));
}

/** The public half, base64url of 32 bytes: what `npm run audit:verify` is given to trust. */
export async function headPublicKey(subjectKey: string): Promise<string> {
  return (await headKeys(subjectKey)).publicKey;
}

/** DER of a PKCS #8 Ed25519 private key (RFC 8410 §7), up to the 32 bytes of the seed. */
const PKCS8_ED25519 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

async function headKeys(subjectKey: string): Promise<{ readonly privateKey: CryptoKey; readonly publicKey: string }> {
  const root = await crypto.subtle.importKey("raw", encoder.encode(subjectKey), "HKDF", false, ["deriveBits"]);
  const params = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: encoder.encode("drawbridge/head/1") };
  const seed = new Uint8Array(await crypto.subtle.deriveBits(params, root, 256));
  const der = new Uint8Array([...PKCS8_ED25519, ...seed]);
  const privateKey = await crypto.subtle.importKey("pkcs8", der, "Ed25519", true, ["sign"]);
  const jwk = await crypto.subtle.exportKey("jwk", privateKey);
  if (!("x" in jwk) || typeof jwk.x !== "string") throw new Error("no public key");
  return { privateKey, publicKey: jwk.x };
}

/** SHA-256 of a value's canonical JSON, base64url. Every call makes three: node:crypto needs no turn of the event loop. */
export async function sha256(value: unknown): Promise<string> {
  return createHash("sha256").update(canonical(value)).digest("base64url");
}

/** As the OAuth library names a token or code in its storage. */
export function storedName(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
