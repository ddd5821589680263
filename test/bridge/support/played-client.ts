// Plays the requests of a recorded shape: fills its {placeholders} with the values of this run. What it sends is the shape's, to the
// letter; what comes back is for the test to judge. Client metadata documents and keys come from a stubbed internet.

import { vi } from "vitest";
import * as z from "zod";
import type { HeaderLines, Message, Pairs, Shape } from "../clients/shapes/shape.ts";
import { journey, ORIGIN } from "./worker.ts";

const REGISTERED = z.looseObject({ client_id: z.string(), client_secret: z.string().default("") });

export async function playClient(shape: Shape) {
  const { identity, redirectUri, state, verifier } = shape;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const values: Record<string, string> = {
    origin: ORIGIN,
    resource: journey.resource,
    redirect_uri: redirectUri,
    challenge: base64url(new Uint8Array(digest)),
    state,
    verifier,
  };
  const sign = "url" in identity ? await publish(identity) : undefined;

  const filled = (text: string) => text.replace(/\{(\w+)\}/g, (_, name: string) => known(values, name));
  const lines = (headers: HeaderLines) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)]));
  const query = (pairs: Pairs) => new URLSearchParams(pairs.map(([name, value]) => [name, filled(value)])).toString();

  return {
    /** Registers, where the client has no document. */
    async identify(): Promise<void> {
      if ("url" in identity) {
        values["client_id"] = identity.url;
        return;
      }
      const init = { method: "POST", headers: identity.headers, body: JSON.stringify(identity.registers) };
      const answer = await journey.fetch(`${ORIGIN}/oauth/register`, init);
      if (answer.status !== 201) throw new Error(`register: ${answer.status} ${await answer.text()}`);
      const { client_id, client_secret } = REGISTERED.parse(await answer.json());
      const basic = btoa(`${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`);
      Object.assign(values, { client_id, client_secret, basic });
    },
    authorizationUrl: () => `${ORIGIN}/authorize?${query(shape.authorizes)}`,
    async token(form: Pairs, more: Readonly<Record<string, string>>): Promise<Response> {
      Object.assign(values, more);
      if (sign !== undefined) values["assertion"] = await sign();
      const init = { method: "POST", headers: lines(shape.token.headers), body: query(form) };
      return journey.fetch(`${ORIGIN}/oauth/token`, init);
    },
    async send({ method, headers, body }: Message, token: string): Promise<Response> {
      const later = values["session"] === undefined && shape.messages[0]?.body === body ? {} : shape.later;
      const all = { ...shape.headers, ...later, ...headers, authorization: `Bearer ${token}` };
      const init = {
        method: method ?? "POST",
        headers: lines(all),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      };
      return journey.fetch(journey.resource, init);
    },
    remember(session: string): void {
      values["session"] = session;
    },
  };
}

function known(values: Readonly<Record<string, string>>, name: string): string {
  const value = values[name];
  if (value === undefined) throw new Error(`nothing is known for {${name}} yet`);
  return value;
}

/** The document and the keys, at their addresses and nowhere else; what is returned proves the client (RFC 7523 §2.2). */
async function publish({ url, document, keysAt }: Extract<Shape["identity"], { url: string }>) {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const rsa = { ...algorithm, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = (await crypto.subtle.generateKey(rsa, true, ["sign", "verify"])) as CryptoKeyPair;
  const { kty, n, e } = (await crypto.subtle.exportKey("jwk", pair.publicKey)) as JsonWebKey;
  const keys = [{ kty, n, e, alg: "RS256", use: "sig", kid: "cimd-1" }];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const asked = input instanceof Request ? input.url : String(input);
    if (asked === url) return Response.json(document);
    return asked === keysAt ? Response.json({ keys }) : new Response("nothing here", { status: 404 });
  });
  return async () => {
    const now = Math.floor(Date.now() / 1000);
    const aud = `${ORIGIN}/oauth/token`;
    const claims = { iss: url, sub: url, aud, jti: crypto.randomUUID(), iat: now, exp: now + 300 };
    const encode = (part: unknown) => base64url(new TextEncoder().encode(JSON.stringify(part)));
    const signed = `${encode({ alg: "RS256", kid: "cimd-1", typ: "JWT" })}.${encode(claims)}`;
    const signature = await crypto.subtle.sign(algorithm, pair.privateKey, new TextEncoder().encode(signed));
    return `${signed}.${base64url(new Uint8Array(signature))}`;
  };
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
