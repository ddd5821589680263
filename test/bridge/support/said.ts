// An OpenID provider without a network, whose every answer a test can change: for what providers may honestly say. `oidc.finish` is
// called as the two ways back call it.

import { vi } from "vitest";
import type { FactsNeeded } from "../../../src/bridge/app/entitlements.ts";
import type { Settings } from "../../../src/bridge/settings.ts";
import { oidc } from "../../../src/bridge/sign-in/oidc.ts";
import { returned } from "../../../src/bridge/sign-in/returned.ts";
import { app } from "../fixture/app.ts";

export const NOW_S = () => Math.floor(Date.now() / 1000);

type Said = Readonly<Record<string, unknown>>;
type Answer = () => Response | Promise<Response>;

interface Key {
  readonly kid: string;
  readonly pair: CryptoKeyPair;
}

let made = 0;

export async function makeKey(kid: string): Promise<Key> {
  const params = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = await crypto.subtle.generateKey({ ...params, hash: "SHA-256" }, true, ["sign", "verify"]);
  return { kid, pair: pair as CryptoKeyPair };
}

export async function published({ kid, pair }: Key): Promise<object> {
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { ...(jwk as object), kid, use: "sig", alg: "RS256" };
}

/** Each has an issuer of its own: what is kept of one must not help another. Anyone who uses it restores mocks afterwards. */
export async function createSaid(facts: Partial<FactsNeeded> = {}) {
  const issuer = `https://said-${++made}.example`;
  const key = await makeKey("first");
  const at = (path: string) => `${issuer}/${path}`;
  const claims = { iss: issuer, aud: "bridge", sub: "kay", nonce: "n", iat: NOW_S(), exp: NOW_S() + 300, name: "Kay" };
  const answers: Record<string, Answer> = {
    [at(".well-known/openid-configuration")]: () =>
      Response.json({
        issuer,
        authorization_endpoint: at("authorize"),
        token_endpoint: at("token"),
        jwks_uri: at("keys"),
        userinfo_endpoint: at("userinfo"),
      }),
    [at("keys")]: async () => Response.json({ keys: [await published(key)] }),
    [at("userinfo")]: () => Response.json({ sub: "kay" }),
  };
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push(url);
    return (await answers[url]?.()) ?? new Response("nothing here", { status: 404 });
  });
  const settings = {
    facts: { mail: false, orgs: [], ...facts },
    of: () => ({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: "bridge", OIDC_CLIENT_SECRET: "secret" }),
  } as unknown as Settings;

  async function idToken(more: Said = {}, by: Key = key): Promise<string> {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${encode({ alg: "RS256", kid: by.kid })}.${encode({ ...claims, ...more })}`;
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", by.pair.privateKey, Buffer.from(signed));
    return `${signed}.${Buffer.from(signature).toString("base64url")}`;
  }

  /** What becomes of a sign-in whose token endpoint answers this. */
  async function finish(answer: Answer, { fresh = false } = {}) {
    answers[at("token")] = answer;
    const callback = new URL(`https://bridge.test/sign-in/oidc/callback?${new URLSearchParams({ code: "c" })}`);
    return returned(oidc, callback, { verifier: "v".repeat(43), nonce: "n", fresh }, { settings, app });
  }

  async function finishWith(more: Said = {}, { by = key, fresh = false, beside = {} as Said } = {}) {
    const id_token = await idToken(more, by);
    return finish(() => Response.json({ access_token: "t", token_type: "Bearer", id_token, ...beside }), { fresh });
  }

  return { issuer, at, answers, asked, key, settings, idToken, finish, finishWith };
}
