// GitHub's documented web application flow on loopback: /login/oauth/authorize, /login/oauth/access_token (errors come with
// status 200, as GitHub's do) and /user. Who signs in is said with `?as=ID`, which stands for a person at the login form.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export const GITHUB_CLIENT = { id: "github-client", secret: "github-client-secret" };
/** Looked for wherever it must not be. */
export const GITHUB_TOKEN = "gho_canary0123456789";

const LOGINS: Readonly<Record<string, string>> = { "583231": "octocat", "2": "stranger" };

export async function startGithub(): Promise<{ readonly url: string; readonly server: Server }> {
  const codes = new Map<string, { readonly user: string; readonly challenge: string }>();
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://github.test");
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (url.pathname === "/login/oauth/authorize") {
      const user = url.searchParams.get("as") ?? "2";
      const back = new URL(url.searchParams.get("redirect_uri") ?? "");
      back.searchParams.set("state", url.searchParams.get("state") ?? "");
      if (user === "nobody") back.searchParams.set("error", "access_denied");
      else {
        const code = `code-${codes.size}`;
        codes.set(code, { user, challenge: url.searchParams.get("code_challenge") ?? "" });
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
      if (form.get("client_secret") !== GITHUB_CLIENT.secret)
        return json(200, { error: "incorrect_client_credentials" });
      if (known === undefined || known.challenge !== challenge) return json(200, { error: "bad_verification_code" });
      return json(200, { access_token: `${GITHUB_TOKEN}-${known.user}`, scope: "", token_type: "bearer" });
    }
    const user = (request.headers.authorization ?? "").replace(`Bearer ${GITHUB_TOKEN}-`, "");
    if (url.pathname !== "/user" || user === "500") return json(503, { message: "Service unavailable" });
    const login = LOGINS[user];
    return login === undefined
      ? json(401, { message: "Bad credentials" })
      : json(200, { id: Number(user), login, email: null });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}
