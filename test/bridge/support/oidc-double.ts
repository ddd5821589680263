// An OpenID provider on loopback that can be told to lie. Who signs in is said with `?as=SUBJECT`, and what is wrong with the
// answer with `?wrong=…`, added to the link the user was sent to. Honest behaviour beyond this: test/bridge/browser, against a real one.

import { createHash, createSign, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export const OIDC_CLIENT = { id: "oidc-client", secret: "oidc-client-secret & more" };
/** Looked for wherever it must not be. */
export const OIDC_TOKEN = "oidc-access-canary";

interface Account {
  readonly name: string;
  readonly email?: string;
  readonly email_verified?: unknown;
}

const ACCOUNTS: Readonly<Record<string, Account>> = {
  "ada-canary": { name: "Ada Canary", email: "Ada.Canary@Example.com", email_verified: true },
  unverified: { name: "Mallory", email: "mallory@example.com", email_verified: false },
  claimed: { name: "Mallory", email: "mallory@example.com" },
  word: { name: "Mallory", email: "mallory@example.com", email_verified: "true" },
  below: { name: "Mallory", email: "mallory@sub.example.com", email_verified: true },
  beside: { name: "Mallory", email: "mallory@notexample.com", email_verified: true },
  twice: { name: "Mallory", email: "mallory@evil.test@example.com", email_verified: true },
  grace: { name: "Grace", email: "grace@school.test", email_verified: true },
  kay: { name: "Kay" },
};

export type Lie =
  | "iss"
  | "nonce"
  | "audience"
  | "issuer"
  | "expired"
  | "signature"
  | "userinfo"
  | "no-id-token"
  | "no-auth-time"
  | "odd-auth-time"
  | "down";

interface Issued {
  readonly as: string;
  readonly wrong: string | null;
  readonly params: URLSearchParams;
}

/** `says`: more of the discovery document. */
export async function startOidc(says: object = {}): Promise<{ readonly url: string; readonly server: Server }> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const codes = new Map<string, Issued>();
  let url = "";
  const server = createServer(async (request, response) => {
    const at = new URL(request.url ?? "/", url);
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (at.pathname === "/.well-known/openid-configuration") return json(200, { ...metadata(url), ...says });
    if (at.pathname === "/jwks") return json(200, { keys: [{ ...publicKey.export({ format: "jwk" }), alg: "RS256" }] });
    if (at.pathname === "/authorize") {
      const back = new URL(at.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("state", at.searchParams.get("state") ?? "");
      back.searchParams.set("iss", at.searchParams.get("wrong") === "iss" ? "https://other.test" : url);
      if (at.searchParams.get("as") === "nobody") back.searchParams.set("error", "access_denied");
      else {
        const code = `code-${codes.size}`;
        const { searchParams: params } = at;
        codes.set(code, { as: params.get("as") ?? "", wrong: params.get("wrong"), params });
        back.searchParams.set("code", code);
      }
      return response.writeHead(302, { location: back.href }).end();
    }
    if (at.pathname === "/token") {
      const form = new URLSearchParams(await bodyOf(request));
      const issued = codes.get(form.get("code") ?? "");
      codes.delete(form.get("code") ?? "");
      if (!knows(request.headers.authorization)) return json(401, { error: "invalid_client" });
      if (issued?.wrong === "down") return json(503, { error: "temporarily_unavailable" });
      if (issued === undefined || !proves(form, issued)) return json(400, { error: "invalid_grant" });
      const tokens = { access_token: `${OIDC_TOKEN}.${issued.as}.${issued.wrong}`, token_type: "Bearer" };
      if (issued.wrong === "no-id-token") return json(200, tokens);
      return json(200, { ...tokens, id_token: idToken(url, issued, privateKey) });
    }
    const [token, as = "", wrong] = (request.headers.authorization ?? "").replace("Bearer ", "").split(".");
    if (at.pathname !== "/userinfo" || token !== OIDC_TOKEN) return json(404, {});
    const subject = wrong === "userinfo" ? "ada-canary" : as;
    return json(200, { sub: subject, ...ACCOUNTS[subject] });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, server };
}

function metadata(url: string) {
  return {
    issuer: url,
    authorization_endpoint: `${url}/authorize`,
    token_endpoint: `${url}/token`,
    userinfo_endpoint: `${url}/userinfo`,
    jwks_uri: `${url}/jwks`,
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  };
}

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
function knows(authorization = ""): boolean {
  const [id, secret] = atob(authorization.replace("Basic ", "")).split(":");
  const decoded = [id, secret].map((text = "") => new URLSearchParams(`v=${text}`).get("v"));
  return decoded[0] === OIDC_CLIENT.id && decoded[1] === OIDC_CLIENT.secret;
}

function proves(form: URLSearchParams, { params }: Issued): boolean {
  const challenge = createHash("sha256")
    .update(form.get("code_verifier") ?? "")
    .digest("base64url");
  return challenge === params.get("code_challenge") && form.get("redirect_uri") === params.get("redirect_uri");
}

function idToken(url: string, { as, wrong, params }: Issued, key: KeyObject): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: wrong === "issuer" ? "https://other.test" : url,
    aud: wrong === "audience" ? "another-client" : OIDC_CLIENT.id,
    sub: as,
    iat: wrong === "expired" ? now - 7200 : now,
    exp: wrong === "expired" ? now - 3600 : now + 300,
    nonce: wrong === "nonce" ? "another-nonce" : params.get("nonce"),
    ...(wrong === "no-auth-time" ? {} : { auth_time: wrong === "odd-auth-time" ? now - 60.25 : now - 60 }),
  };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  const signature = createSign("RSA-SHA256").update(wrong === "signature" ? `${signed}x` : signed);
  return `${signed}.${signature.sign(key).toString("base64url")}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
