// What a browser test needs and no deployment could have: users who may read and not write, and a door that stores a client
// under any name, as a metadata document of a stranger could bring it.

import type { Bindings } from "../../../src/bridge/request/bindings.ts";
import { development } from "../../../src/bridge/sign-in/development.ts";
import { createBridge } from "./bridges.ts";

export { Ledger, McpSession } from "../fixture/development.ts";

const bridge = createBridge([{ ...development, entitles: () => ["profile:read", "notes:read"] }]);

export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === "/rename") {
      const key = `client:${url.searchParams.get("client") ?? (await clientOf(env.OAUTH_KV, url.searchParams.get("grant")))}`;
      const stored: Record<string, unknown> = (await env.OAUTH_KV.get(key, "json")) ?? {};
      await env.OAUTH_KV.put(key, JSON.stringify({ ...stored, clientName: url.searchParams.get("name") }));
      return new Response("renamed");
    }
    return (await bridge.fetch?.(request, env, ctx)) ?? new Response("no fetch", { status: 500 });
  },
} satisfies ExportedHandler<Bindings>;

/** The client of a grant, as the OAuth library keeps it. */
async function clientOf(kv: KVNamespace, grant: string | null): Promise<string> {
  const { keys } = await kv.list({ prefix: "grant:" });
  const key = keys.find(({ name }) => grant !== null && name.endsWith(grant))?.name ?? "";
  const stored: { readonly clientId?: string } | null = await kv.get(key, "json");
  return stored?.clientId ?? "";
}
