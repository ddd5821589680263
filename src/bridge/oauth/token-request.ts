// A request to the token endpoint, read once: its parameters, the client that it names, and the same request for the library, so
// that a form means the same to both. Who the client really is, the library finds out.

import * as z from "zod";
import type { GrantId, Subject } from "../gate/principal.ts";
import { checkSubject, sha256 } from "../seal.ts";
import type { Settings } from "../settings.ts";
import { withoutEmpty } from "./parameters.ts";

export interface TokenRequest {
  readonly form: URLSearchParams;
  /** The client that the request names; "" for none. */
  readonly client: string;
  /** SHA-256 of the whole question, credentials included. */
  readonly digest: string;
  /** For the library. */
  readonly request: Request;
  /** The same without a secret: of a client that has none, a secret proves nothing and is only more than was needed. */
  readonly secretless: () => TokenRequest;
  /** A revocation of nothing (RFC 7009 §2.2) with this request's credentials: the library answers 200 to a genuine client. */
  readonly authentication: () => Request;
}

const CREDENTIALS = ["client_id", "client_secret", "client_assertion", "client_assertion_type"];

export async function readTokenRequest(original: Request): Promise<TokenRequest> {
  const { url, headers: given } = original;
  const form = withoutEmpty(new URLSearchParams(new TextDecoder().decode(await original.arrayBuffer())));
  const basic = clientOfBasic(given.get("authorization"));
  // RFC 6749 §3.2.1: the same id beside Basic identifies, and is no second method. The library refuses it, which stops clients of
  // the Python SDK; test/bridge/attacks/client-authentication.test.ts says when this can go.
  const ids = form.getAll("client_id");
  if (basic !== undefined && ids.length === 1 && ids[0] === basic) form.delete("client_id");
  const headers = new Headers(given);
  headers.delete("content-length");
  const requestWith = (body: URLSearchParams) => new Request(url, { method: "POST", headers, body: body.toString() });
  const asked: TokenRequest = {
    form,
    client: basic ?? form.get("client_id") ?? clientOfAssertion(form.get("client_assertion")) ?? "",
    digest: await sha256([[...form], given.get("authorization")]),
    request: requestWith(form),
    authentication() {
      const credentials = [...form].filter(([name]) => CREDENTIALS.includes(name));
      return requestWith(new URLSearchParams([...credentials, ["token", "none"]]));
    },
    secretless() {
      // Two ids are no superfluous secret: the library refuses them.
      if (basic !== undefined && form.has("client_id")) return asked;
      headers.delete("authorization");
      form.delete("client_secret");
      form.set("client_id", asked.client);
      return { ...asked, request: requestWith(form) };
    },
  };
  return asked;
}

/** RFC 6749 §2.3.1, read as the library reads it. What cannot be decoded is left to the library to refuse. */
function clientOfBasic(authorization: string | null): string | undefined {
  const [, encoded] = /^Basic[ \t]+(.*)$/i.exec(authorization ?? "") ?? [];
  if (encoded === undefined) return undefined;
  try {
    const [id = ""] = atob(encoded.trim()).split(":");
    return decodeURIComponent(id.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

const ASSERTION = z.object({ iss: z.string() });

/** RFC 7523 §2.2. */
function clientOfAssertion(assertion: string | null): string | undefined {
  try {
    const claims = assertion?.split(".")[1] ?? "";
    return ASSERTION.parse(JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/")))).iss;
  } catch {
    return undefined;
  }
}

export interface TokenParts {
  readonly subject: Subject;
  readonly grant: GrantId;
}

/** What the library answers, as much of it as is read here. */
export const TOKENS = z.looseObject({ access_token: z.string(), refresh_token: z.string(), scope: z.string() });

const PARTS = z.object({
  subject: z.string().transform((text) => text as Subject),
  grant: z.string().transform((text) => text as GrantId),
});

/** Tokens and codes are `<subject>:<grant>:<secret>`; the subject's own MAC keeps made-up ones from addressing a ledger. */
export async function partsOf(token: string, { subjectKey }: Settings): Promise<TokenParts | undefined> {
  const [, subject = "", grant] = /^(dbr1_[\w-]{22}):([\w-]{1,64}):[\w-]{1,128}$/.exec(token) ?? [];
  return (await checkSubject(subjectKey, subject)) ? PARTS.parse({ subject, grant }) : undefined;
}
