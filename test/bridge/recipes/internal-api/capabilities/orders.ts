// Yours: an internal API behind a credential of the bridge's own. One origin, out of the configuration; the credential goes there
// and nowhere else, and the caller's token never gets here. An API in a Worker of yours is better reached through a service
// binding (`service()` in bindings.ts): then there is no credential at all.

import * as z from "zod";
import { readBody } from "../../../../../src/bridge/index.ts";
import { keepsNothing } from "../bindings.ts";

// Replace: the shape of what your API answers.
const ORDER = z.object({
  id: z.string().max(64),
  state: z.string().max(64),
  items: z.array(z.string().max(200)).max(50),
  version: z.string().regex(/^[\w-]{1,64}$/),
});
export type Order = Readonly<z.infer<typeof ORDER>>;

export interface OrderReader {
  /** One order of this user; `gone` when there is none, `failed` when the API does not say. */
  readonly read: (id: string, signal?: AbortSignal) => Promise<{ readonly order: Order } | "gone" | "failed">;
}

export interface OrderHolder {
  /** Holds the order as it was approved; `changed` when it no longer is so. */
  readonly hold: (id: string, signal: AbortSignal) => Promise<"held" | "changed" | "gone" | "failed">;
}

/** What wrangler.toml and `wrangler secret put` bind. */
interface OrdersApi {
  readonly ORDERS_URL: string;
  readonly ORDERS_TOKEN: string;
}

const MAX_BYTES = 64 * 1024;
/** What can become a part of a path, and cannot lead out of it. */
const ID = /^[\w-]{1,64}$/;

export const orderReader = keepsNothing.reads(
  "orderReader",
  (api, { subject }): OrderReader => ({
    async read(id, signal) {
      const answer = await ask(api, subject, id, "", { signal: signal ?? null });
      if (answer?.status !== 200) {
        await answer?.body?.cancel();
        return answer?.status === 404 ? "gone" : "failed";
      }
      const body = await readBody(answer, MAX_BYTES, signal ?? new AbortController().signal);
      return "failed" in body ? "failed" : orderOf(new TextDecoder().decode(body.bytes), api.ORDERS_TOKEN);
    },
  }),
);

export const orderHolder = keepsNothing.writes(
  "orderHolder",
  (api, { subject }, { approved }): OrderHolder => ({
    async hold(id, signal) {
      // The user said yes to one version: the API compares it (RFC 9110 §13.1.1).
      if (approved === null) return "changed";
      const answer = await ask(api, subject, id, "/hold", {
        method: "POST",
        headers: { "if-match": `"${approved}"` },
        signal,
      });
      await answer?.body?.cancel();
      if (answer?.status === 204) return "held";
      if (answer?.status === 412) return "changed";
      return answer?.status === 404 ? "gone" : "failed";
    },
  }),
);

// Replace: the paths of your API. Undefined when it cannot be reached.
async function ask(
  { ORDERS_URL, ORDERS_TOKEN }: OrdersApi,
  subject: string,
  id: string,
  action: "" | "/hold",
  init: { readonly method?: string; readonly headers?: Record<string, string>; readonly signal: AbortSignal | null },
): Promise<Response | undefined> {
  if (!ID.test(id)) return new Response(null, { status: 404 });
  const headers = {
    ...init.headers,
    accept: "application/json",
    authorization: `Bearer ${ORDERS_TOKEN}`,
    // Whose order it is, is for the API to check: the bridge's credential could read everybody's.
    "x-on-behalf-of": subject,
  };
  // Without "manual" a redirect would carry the credential to wherever it leads.
  const sent = fetch(`${new URL(ORDERS_URL).origin}/orders/${id}${action}`, { ...init, headers, redirect: "manual" });
  return sent.catch(() => undefined);
}

/** An API that shows its caller's credential, in an echo of headers for one, is not handed on. */
function orderOf(text: string, credential: string): { readonly order: Order } | "failed" {
  if (text.includes(credential)) return "failed";
  try {
    return { order: ORDER.parse(JSON.parse(text)) };
  } catch {
    return "failed";
  }
}
