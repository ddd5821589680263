// What wrangler.toml binds for the bridge. No tool and no capability sees any of it. Types only.

import type { Ledger } from "../ledger/ledger.ts";

/** A session's object, as far as others use it: it can be emptied, and told that a client has hung up. */
interface SessionObject extends Rpc.DurableObjectBranded {
  end(): Promise<void>;
  hangUp(request: string): Promise<void>;
}

export interface Bindings {
  /** Settings that say where objects are: ledger/place.ts. */
  readonly JURISDICTION?: string;
  readonly PUBLIC_URL?: string;
  readonly OAUTH_KV: KVNamespace;
  /** The bridge's own: switches, operators' acts and passes, who is who, registrations. */
  readonly CONTROL: D1Database;
  readonly LEDGER: DurableObjectNamespace<Ledger>;
  /** Requests a minute: of an address to the authorization server, of an address to /mcp, of a grant. */
  readonly RATE_OAUTH: RateLimit;
  readonly RATE_MCP: RateLimit;
  readonly RATE_GRANT: RateLimit;
  /** Absent without the session transport. */
  readonly MCP_SESSIONS?: DurableObjectNamespace<SessionObject>;
}
