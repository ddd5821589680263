// The client that a token request names, before the library asks who it is. One that is not registered any more learns it, whatever
// else it sent, with the error at which SDKs register anew. A client that is a URL is fetched by the library to find out how it
// proves itself: only for a token or code that is genuine and was given to this very client.

import * as z from "zod";
import type { Bindings } from "../request/bindings.ts";
import { storedName } from "../seal.ts";
import { isClientId, isDocument } from "./asking.ts";
import type { GuardedAuthorizationServer } from "./outbound.ts";
import { notGood } from "./token-answers.ts";
import type { TokenRequest } from "./token-request.ts";

interface Asked {
  readonly authorizationServer: Pick<GuardedAuthorizationServer, "getOAuthApi">;
  readonly env: Bindings;
}

/**
 * 401 (RFC 6749 §5.2) for a client that cannot exist. Else the request for the library: who has no secret may send one. (A
 * document has none. Of whom names none, or several ids, the library thinks.)
 */
export async function recognise(asked: TokenRequest, { authorizationServer: server, env }: Asked) {
  const { client, form, request } = asked;
  if (client === "") return asked;
  if (isClientId(client) && isDocument(client)) return asked.secretless();
  if (form.getAll("client_id").filter((id) => id !== "").length > 1) return asked;
  const known = isClientId(client) ? await server.getOAuthApi(env).lookupClient(client) : null;
  if (known !== null) return known.tokenEndpointAuthMethod === "none" ? asked.secretless() : asked;
  const body = { error: "invalid_client", error_description: "This client is not registered here. Register again." };
  const headers = new Headers({ "cache-control": "no-store" });
  if (request.headers.has("authorization")) headers.set("www-authenticate", 'Basic realm="OAuth"');
  return Response.json(body, { status: 401, headers });
}

/** The library's record of a grant, as far as it says whose a token is (its storage schema). */
const GRANT = z.looseObject({
  clientId: z.string(),
  authCodeId: z.string().optional(),
  refreshTokenId: z.string().optional(),
  previousRefreshTokenId: z.string().optional(),
});

/**
 * The answer to a request for which the library would fetch a document in vain; undefined: it may. The subject's MAC was checked
 * before this, and of a refresh token the ledger has said that it is genuine: KV may not know yet.
 */
export async function refuseNeedless(
  client: string,
  form: URLSearchParams,
  { env }: Asked,
): Promise<Response | undefined> {
  const kind = form.get("grant_type") ?? "";
  const secret = form.get(SECRETS[kind] ?? "token") ?? "";
  const [subject = "", grant = ""] = secret.split(":");
  const load = (key: string) => env.OAUTH_KV.get<unknown>(key, { type: "json" });
  const record = GRANT.safeParse(await load(`grant:${subject}:${grant}`)).data;
  if (record !== undefined && record.clientId !== client) return notGood();
  const name = storedName(secret);
  if (kind === "refresh_token") return record === undefined ? notGood() : undefined;
  if (kind === "authorization_code") return record?.authCodeId === name ? undefined : notGood();
  if (record?.refreshTokenId === name || record?.previousRefreshTokenId === name) return undefined;
  // RFC 7009 §2.2: an invalid token is no error.
  return (await load(`token:${subject}:${grant}:${name}`)) === null ? new Response(null) : undefined;
}

/** Which parameter holds what is presented; without a grant type it is a revocation. */
const SECRETS: Readonly<Record<string, string>> = { refresh_token: "refresh_token", authorization_code: "code" };
