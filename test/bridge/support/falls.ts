// Attacks that can be tried alike on the bridge and on a plain server. Each answers whether the server fell, that is, whether
// the sentence came true; `undefined` where there is nothing to attack. test/bridge/attacks/plain.test.ts runs them.

import { vi } from "vitest";
import { initialize, textWithin, words } from "./attack.ts";
import { call, REDIRECT, type Tokens } from "./journey.ts";
import { callOn, connect, type Target } from "./plain.ts";
import { ORIGIN } from "./worker.ts";

export interface Attack {
  /** What the attacker gets where it works. */
  readonly gets: string;
  readonly falls: (target: Target) => Promise<boolean | undefined>;
}

const EVIL = "https://evil.example";
const NOTE = { title: "attack", text: "attack" };
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const METADATA = "/.well-known/oauth-authorization-server";

export const ATTACKS: readonly Attack[] = [
  {
    gets: "a scope that is in no catalogue is granted, because the client asked for it",
    falls: async (target) =>
      (await connect(target, "ada", "profile:read admin:all")).tokens.scope.includes("admin:all"),
  },
  {
    gets: "a token without `notes:write` writes a note",
    falls: async (target) => {
      const { tokens } = await connect(target, "ada", "profile:read");
      return (await callOn(target, tokens.access_token, "write_note", NOTE)) !== undefined;
    },
  },
  {
    gets: "a token that carries no scope at all runs a tool",
    falls: async (target) => {
      const { tokens } = await connect(target, "ada", "");
      const ran = await callOn(target, tokens.access_token, "search_notes", { query: "attack" });
      return ran !== undefined && (tokens.scope ?? "") === "";
    },
  },
  {
    gets: "a refresh token two steps old comes back, and the connection lives on",
    falls: async (target) => {
      const { client, tokens } = await connect(target, "ada");
      const step = async (token: string) => (await target.journey.refresh(client, token)).json() as Promise<Tokens>;
      const second = await step(tokens.refresh_token);
      const third = await step(second.refresh_token);
      await callOn(target, third.access_token, "whoami");
      await target.journey.refresh(client, tokens.refresh_token);
      return (await callOn(target, third.access_token, "whoami")) !== undefined;
    },
  },
  {
    gets: "a foreign Host becomes the issuer",
    falls: async ({ journey }) => (await (await journey.fetch(EVIL + METADATA)).text()).includes(`"issuer":"${EVIL}"`),
  },
  {
    gets: "a web page of another origin passes the preflight",
    falls: async ({ journey }) => {
      const headers = { origin: EVIL, "access-control-request-method": "POST" };
      const answer = await journey.fetch(journey.resource, { method: "OPTIONS", headers });
      return answer.ok && words(`* ${EVIL}`).includes(answer.headers.get("access-control-allow-origin") ?? "");
    },
  },
  {
    gets: "a web page of another origin runs a tool and reads the answer",
    falls: async (target) => {
      const { tokens } = await connect(target, "ada");
      const token = tokens.access_token;
      const { journey, sessions } = target;
      const answer = sessions
        ? await journey.legacy(token, call("whoami"), undefined, {
            headers: { ...legacyHeaders(tokens), "mcp-session-id": await journey.openSession(token), origin: EVIL },
          })
        : await journey.modern(token, "tools/call", { name: "whoami", arguments: {} }, { origin: EVIL });
      if (!words(`* ${EVIL}`).includes(answer.headers.get("access-control-allow-origin") ?? "")) return false;
      return (await answer.text()).includes('"result"');
    },
  },
  {
    gets: "a web page of another origin registers a client without a preflight (text/plain)",
    falls: async ({ journey }) => {
      const headers = { origin: EVIL, "content-type": "text/plain" };
      const body = JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" });
      return (await journey.fetch(`${ORIGIN}/oauth/register`, { method: "POST", headers, body })).status === 201;
    },
  },
  {
    gets: "a client is registered whose name is markup and whose redirects are a hundred",
    falls: async ({ journey }) => {
      const redirect_uris = Array.from({ length: 100 }, (_, n) => `http://127.0.0.1:${3000 + n}/cb`);
      const registered = journey.register({ client_name: "<img src=x onerror=alert(1)>", redirect_uris });
      return registered.then(
        () => true,
        () => false,
      );
    },
  },
  {
    gets: "a code is sent to a host that nobody listed",
    falls: async ({ journey, codeFor }) => {
      const redirectUri = `${EVIL}/cb`;
      const { id } = await journey.register({ redirect_uris: [redirectUri, REDIRECT] });
      return (await codeFor({ id, redirectUri }, "ada", "profile:read")) !== "";
    },
  },
  {
    gets: "a parameter that stands twice is taken",
    falls: async ({ journey }) => {
      const url = await journey.authorizeUrl(await journey.register(), {}, "v".repeat(64));
      const answer = await journey.fetch(`${url}&redirect_uri=${EVIL}/`, { redirect: "manual" });
      return answer.status < 400;
    },
  },
  {
    gets: "the token endpoint reads a form of a megabyte",
    falls: async ({ journey }) => {
      const body = `grant_type=refresh_token&refresh_token=${"x".repeat(1024 * 1024)}`;
      const answer = await journey.fetch(`${ORIGIN}/oauth/token`, { method: "POST", headers: FORM, body });
      return answer.status !== 413;
    },
  },
  {
    gets: "the answer tells a token that was once good from one that never was",
    falls: async (target) => {
      const { tokens } = await connect(target, "ada");
      const said = async (token: string) => (await target.journey.modern(token, "tools/list")).text();
      const [subject, grant, secret = ""] = tokens.access_token.split(":");
      const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 2 * 3_600_000);
      const answers = [tokens.access_token, `${subject}:${grant}:${secret.slice(0, -2)}AA`, "x"].map(said);
      const different = new Set(await Promise.all(answers)).size;
      clock.mockRestore();
      return different > 1;
    },
  },
  {
    gets: "a grant that was revoked works where storage is a minute behind",
    falls: async (target) => {
      const { client, tokens } = await connect(target, "ada");
      const { keys } = await target.kv.list();
      const grant = tokens.access_token.split(":")[1] ?? "none";
      const stale = keys.filter(({ name }) => name.includes(grant)).map(({ name }) => name);
      const kept = await Promise.all(stale.map(async (name) => [name, (await target.kv.get(name)) ?? ""] as const));
      await target.journey.token({ token: tokens.refresh_token, client_id: client.id });
      for (const [name, value] of kept) await target.kv.put(name, value);
      return (await callOn(target, tokens.access_token, "whoami")) !== undefined;
    },
  },
  {
    gets: "another user's session id works with one's own token, and acts as that user",
    falls: async (target) => {
      if (!target.sessions) return undefined;
      const owner = await connect(target, "ada");
      const thief = await connect(target, "mallory");
      const session = await target.journey.openSession(owner.tokens.access_token);
      await callOn(target, owner.tokens.access_token, "whoami", {}, session);
      const said = await callOn(target, thief.tokens.access_token, "whoami", {}, session);
      return said?.includes("ada") ?? false;
    },
  },
  {
    gets: "a made-up session id makes an object",
    falls: async (target) => {
      if (!target.sessions) return undefined;
      const { tokens } = await connect(target, "ada");
      const before = await target.objects();
      const message = { ...call("whoami"), method: "tools/list" };
      await textWithin(await target.journey.legacy(tokens.access_token, message, "f".repeat(64)));
      return (await target.objects()) > before;
    },
  },
  {
    gets: "a batch of messages is taken",
    falls: async (target) => {
      const { tokens } = await connect(target, "ada");
      const session = target.sessions ? await target.journey.openSession(tokens.access_token) : undefined;
      const batch = [call("whoami", {}, 1), call("whoami", {}, 2)];
      return (await textWithin(await target.journey.legacy(tokens.access_token, batch, session))).includes('"result"');
    },
  },
  {
    gets: "a message that names its method twice is taken",
    falls: async (target) => {
      const { tokens } = await connect(target, "ada");
      const session = target.sessions ? await target.journey.openSession(tokens.access_token) : undefined;
      const twice = `{"method":"tools/list",${JSON.stringify(call("whoami")).slice(1)}`;
      return (await textWithin(await target.journey.legacy(tokens.access_token, twice, session))).includes('"result"');
    },
  },
  {
    gets: "the database's own error text is in the answer",
    falls: async (target) => {
      const { tokens } = await connect(target, "ada");
      const session = target.sessions ? await target.journey.openSession(tokens.access_token) : undefined;
      const query = call("search_notes", { query: " " });
      const answer = target.sessions
        ? await target.journey.legacy(tokens.access_token, query, session)
        : await target.journey.modern(tokens.access_token, "tools/call", query.params);
      return /D1_ERROR|SQLITE|fts5/.test(await answer.text());
    },
  },
  {
    gets: "a token in the URL is taken",
    falls: async (target) => {
      const { tokens } = await connect(target, "ada");
      const url = `${target.journey.resource}?access_token=${tokens.access_token}`;
      const body = JSON.stringify(initialize(1));
      const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
      return (await target.journey.fetch(url, { method: "POST", headers, body })).ok;
    },
  },
  {
    gets: "a code is redeemed twice, and what it gave lives on",
    falls: async (target) => {
      const client = await target.journey.register();
      const code = await target.codeFor(client, "ada", "profile:read");
      const tokens = (await (await target.journey.redeem(client, code)).json()) as Tokens;
      await target.journey.redeem(client, code);
      return (await callOn(target, tokens.access_token, "whoami")) !== undefined;
    },
  },
];

function legacyHeaders({ access_token }: Tokens): Record<string, string> {
  const accept = "application/json, text/event-stream";
  return { authorization: `Bearer ${access_token}`, "content-type": "application/json", accept };
}
