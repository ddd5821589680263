// The plain servers of test/bridge/bench/plain, in process beside the bridge: what an attack is tried on, and the honest way to
// connect to each. They have a KV of their own, so that nothing one of them granted is known to another.

import { createExecutionContext, listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { OAuthProvider } from "@cloudflare/workers-oauth-provider";
import agent from "../bench/plain/agent.ts";
import stateless from "../bench/plain/stateless.ts";
import type { PlainEnv } from "../bench/plain/tools.ts";
import { EVERYTHING } from "./attack.ts";
import { type Client, createJourney, type Journey, type Tokens } from "./journey.ts";
import { bindings, journey, ORIGIN } from "./worker.ts";

interface PlainBindings {
  readonly PLAIN_KV: KVNamespace;
  readonly MCP_OBJECT: DurableObjectNamespace;
}

export interface Target {
  readonly journey: Journey;
  readonly kv: KVNamespace;
  /** Whether it keeps sessions, as 2025 servers do. */
  readonly sessions: boolean;
  /** How many objects its sessions have made. */
  readonly objects: () => Promise<number>;
  /** As far as a code, for this user, who agrees to all that is asked. */
  readonly codeFor: (client: Client, name: string, scope: string) => Promise<string>;
}

const { PLAIN_KV, MCP_OBJECT } = env as unknown as PlainBindings;

function plain(server: OAuthProvider<PlainEnv>, sessions: boolean): Target {
  const own: PlainEnv = { ...(env as unknown as PlainEnv), OAUTH_KV: PLAIN_KV };
  const plainJourney = createJourney((url, init) => {
    const request = new Request(url, init as RequestInit<IncomingRequestCfProperties>);
    // As on the wire; the stateless handler looks for it.
    request.headers.set("host", new URL(url).host);
    return server.fetch(request, own, createExecutionContext());
  }, ORIGIN);
  return {
    journey: plainJourney,
    kv: PLAIN_KV,
    sessions,
    objects: async () => (await listDurableObjectIds(MCP_OBJECT)).length,
    async codeFor(client, name, scope) {
      const options = { scope, overrides: { login_hint: name } };
      const url = await plainJourney.authorizeUrl(client, options, "v".repeat(64));
      const answer = await plainJourney.fetch(url, { redirect: "manual" });
      return new URL(answer.headers.get("location") ?? ORIGIN).searchParams.get("code") ?? "";
    },
  };
}

const ours: Target = {
  journey,
  kv: bindings.OAUTH_KV,
  sessions: true,
  objects: async () => (await listDurableObjectIds(bindings.MCP_SESSIONS)).length,
  async codeFor(client, name, scope) {
    const options = { scope, ticked: scope.split(" ") };
    const page = await journey.openConsent(client, options);
    if (page.handle === "") return "";
    const back = await journey.signIn(await journey.postConsent(page, options), name);
    return back.searchParams.get("code") ?? "";
  },
};

export const targets = { ours, agent: plain(agent, true), stateless: plain(stateless, false) } as const;

/** The whole honest way. */
export async function connect(
  { journey: on, codeFor }: Target,
  name: string,
  scope: string = EVERYTHING.scope,
): Promise<{ readonly client: Client; readonly tokens: Tokens }> {
  const client = await on.register();
  const answer = await on.redeem(client, await codeFor(client, name, scope));
  if (!answer.ok) throw new Error(`token: ${answer.status} ${await answer.text()}`);
  return { client, tokens: (await answer.json()) as Tokens };
}

/** What a tool says to this token, over whichever transport the server has; undefined when it did not run. */
export async function callOn(
  { journey: on, sessions }: Target,
  token: string,
  name: string,
  args: Record<string, unknown> = {},
  session?: string,
): Promise<string | undefined> {
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } };
  const opened = session ?? (sessions ? await on.openSession(token).catch(() => undefined) : undefined);
  if (sessions && opened === undefined) return undefined;
  const answer = await (sessions ? on.legacy(token, message, opened) : on.modern(token, "tools/call", message.params));
  const text = await answer.text();
  return answer.ok && !text.includes('"isError":true') && text.includes('"result"') ? text : undefined;
}
