// GitHub's documented web application flow on loopback: /login/oauth/authorize, /login/oauth/access_token (errors come with
// status 200, as GitHub's do), /user, /user/emails and /user/orgs, the last two only with their scopes. Who signs in is said with
// `?as=ID`, which stands for a user at the login form; `?iss=`, `?error=` and `?trouble=` say what else GitHub answers.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export const GITHUB_CLIENT = { id: "github-client", secret: "github-client-secret" };
/** Looked for wherever it must not be. */
const GITHUB_TOKEN = "gho_canary0123456789";

const LOGINS: Readonly<Record<string, string>> = {
  "583231": "octocat",
  "2": "stranger",
  "3": "member",
  "4": "mailer",
  "5": "hopeful",
  // The fixture narrows what this one may hold.
  "99": "narrowed",
};
const ORGS: Readonly<Record<string, readonly { readonly id: number; readonly login: string }[]>> = {
  // More than a page of others comes first.
  "3": [...Array.from({ length: 120 }, (_, n) => ({ id: n + 1, login: `org-${n}` })), { id: 9919, login: "github" }],
};
const PRIMARY = { primary: true, verified: true, visibility: "private" };
const MAILS: Readonly<Record<string, readonly object[]>> = {
  // Anybody can add an address of somebody else; it stays unverified. A verified second one is not who they are either.
  "2": [
    { email: "second@example.com", primary: false, verified: true },
    { email: "ada@example.com", primary: false, verified: false },
    { ...PRIMARY, email: "stranger@elsewhere.test" },
  ],
  "5": [{ ...PRIMARY, email: "ada@example.com", verified: false }],
  "4": [{ ...PRIMARY, email: "Mailer@Example.com" }],
};

interface Code {
  readonly user: string;
  readonly challenge: string;
  readonly scope: string;
  /** An error of the token endpoint, chosen with `?trouble=`. */
  readonly trouble: string | null;
}

/** `someone` is who signs in when nobody says. */
export async function startGithub(someone = "2"): Promise<{ readonly url: string; readonly server: Server }> {
  const codes = new Map<string, Code>();
  let made = 0;
  let here = "";
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://github.test");
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (url.pathname === "/login/oauth/authorize") {
      const user = url.searchParams.get("as") ?? someone;
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("state", url.searchParams.get("state") ?? "");
      // RFC 9207, as GitHub sends it; `?iss=` says another, and an empty one leaves it out, as older servers do.
      const iss = url.searchParams.get("iss") ?? `${here}/login/oauth`;
      if (iss !== "") back.searchParams.set("iss", iss);
      const error = url.searchParams.get("error") ?? (user === "nobody" ? "access_denied" : null);
      if (error !== null) back.searchParams.set("error", error);
      else {
        const code = `code-${++made}`;
        const [challenge, scope] = ["code_challenge", "scope"].map((name) => url.searchParams.get(name) ?? "");
        const trouble = url.searchParams.get("trouble");
        codes.set(code, { user, challenge: challenge ?? "", scope: scope ?? "", trouble });
        back.searchParams.set("code", code);
      }
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    if (url.pathname === "/login/oauth/access_token") {
      const form = new URLSearchParams(await bodyOf(request));
      const known = codes.get(form.get("code") ?? "");
      codes.delete(form.get("code") ?? "");
      const challenge = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url");
      if (known?.trouble) return json(200, { error: known.trouble, error_description: "canary-description" });
      if (form.get("client_secret") !== GITHUB_CLIENT.secret)
        return json(200, { error: "incorrect_client_credentials" });
      if (known === undefined || known.challenge !== challenge) return json(200, { error: "bad_verification_code" });
      const scopes = known.scope.split(" ").join(",");
      return json(200, {
        access_token: `${GITHUB_TOKEN}-${known.user}-${scopes}`,
        scope: scopes,
        token_type: "bearer",
      });
    }
    const [user = "", scopes = ""] = (request.headers.authorization ?? "")
      .replace(`Bearer ${GITHUB_TOKEN}-`, "")
      .split("-");
    if (url.pathname === "/user/emails") {
      return scopes.includes("user:email") ? json(200, MAILS[user] ?? []) : json(404, { message: "Not Found" });
    }
    if (url.pathname === "/user/orgs") {
      const page = Number(url.searchParams.get("page") ?? 1);
      const size = Number(url.searchParams.get("per_page") ?? 30);
      const all = ORGS[user] ?? [];
      return scopes.includes("read:org")
        ? json(200, all.slice((page - 1) * size, page * size))
        : json(403, { message: "You need at least read:org scope" });
    }
    if (url.pathname !== "/user" || user === "500") return json(503, { message: "Service unavailable" });
    const login = LOGINS[user];
    return login === undefined
      ? json(401, { message: "Bad credentials" })
      : json(200, { id: Number(user), login, email: null });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  here = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: here, server };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
