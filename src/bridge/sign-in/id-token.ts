// The claims of an ID token after every check (OpenID Connect Core §3.1.3.7): signature, issuer, audience, times and nonce. What
// the protocol makes optional may be there and say nothing.

import { Buffer } from "node:buffer";
import * as oauth from "oauth4webapi";
import * as z from "zod";
import { SignInTrouble, withErrorStatus } from "./denial.ts";
import { requestOptions } from "./discovery.ts";

/** Core §2, and what can be stored and told apart: half of a letter is any other half, once it is UTF-8. */
export const SUB = z
  .string()
  .max(255)
  .regex(/^\P{C}+$/u);
const PAYLOAD = z.looseObject({ sub: z.unknown().optional(), auth_time: z.unknown().optional() });

interface Validated {
  readonly claims: unknown;
  readonly accessToken: string;
}

export async function validateIdToken(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  answer: Response,
  nonce: string,
): Promise<Validated> {
  const { plain, original } = await readAnswer(answer);
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, plain, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  const signed = original === undefined ? plain : await asSigned(server, client, original);
  // A copy: the library keeps keys by this object, for minutes, and a key may be a minute old (Core §10.1.1). Users sign in seldom.
  await oauth
    .validateApplicationLevelSignature({ ...server }, signed, requestOptions(server.issuer))
    .catch((error: unknown) => {
      // A key set that is none. (A wrong signature has the same code.)
      const keyless = error instanceof oauth.OperationProcessingError && "body" in Object(error.cause);
      throw keyless ? new SignInTrouble("unavailable", "keys") : error;
    });
  return { claims: oauth.getValidatedIdTokenClaims(tokens), accessToken: tokens.access_token };
}

/** Without members that are null, and with an `auth_time` that cannot be taken out: the library refuses the whole answer for either. */
async function readAnswer(answer: Response): Promise<{ readonly plain: Response; readonly original?: string }> {
  const read = answer.status === 200 ? answer.clone().json() : undefined;
  const body = z.record(z.string(), z.unknown()).safeParse(await read?.catch(() => undefined));
  if (!body.success || "error" in body.data) return { plain: await withErrorStatus(answer) };
  const members = Object.fromEntries(Object.entries(body.data).filter(([, value]) => value !== null));
  const { headers } = answer;
  const { id_token: token } = members;
  const timeless = typeof token === "string" ? withoutTime(token) : undefined;
  if (typeof token !== "string" || timeless === undefined) return { plain: Response.json(members, { headers }) };
  return { plain: Response.json({ ...members, id_token: timeless }, { headers }), original: token };
}

/** Undefined when its time may stay. */
function withoutTime(token: string): string | undefined {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const read = PAYLOAD.safeParse(parsed(payload));
  // Left to the library to refuse.
  if (!read.success) return undefined;
  const { auth_time: time, ...claims } = read.data;
  if (!SUB.safeParse(claims.sub).success) throw new SignInTrouble("misconfigured", "impossible-sub");
  if (time === undefined || (typeof time === "number" && time >= 0)) return undefined;
  return `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
}

/** The token as it was signed. The library checks a signature only of what it has read, and this is how it reads any claims. */
async function asSigned(server: oauth.AuthorizationServer, client: oauth.Client, token: string): Promise<Response> {
  const answer = new Response(token, { headers: { "content-type": "application/jwt" } });
  const { alg } = z.object({ alg: z.string() }).parse(parsed(token.split(".")[0] ?? ""));
  const reader = { ...client, userinfo_signed_response_alg: alg };
  await oauth.processUserInfoResponse(server, reader, oauth.skipSubjectCheck, answer);
  return answer;
}

function parsed(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString());
  } catch {
    return undefined;
  }
}
