// An internal API behind a credential of the bridge's own: the second kind of egress, to copy from (docs/cookbook.md has the
// tool and the rule). One origin, out of the configuration; the credential goes there and nowhere else, and the caller's token
// never gets here. The default policy has no rule for it.

import * as z from "zod";
import type { Caller } from "../app/capability.ts";
import { readBody } from "./body.ts";

/** Replace: what wrangler.toml and `wrangler secret put` bind for your API, as src/bindings.ts names it. */
export interface OrdersApi {
  /** An https origin, such as https://orders.example.com. */
  readonly ORDERS_URL: string;
  readonly ORDERS_TOKEN: string;
}

const ORDER = z.object({
  id: z.string().max(64),
  state: z.string().max(64),
  items: z.array(z.string().max(200)).max(50),
});
export type Order = Readonly<z.infer<typeof ORDER>>;

export interface OrderReader {
  /** One order of this person; `gone` when there is none, `failed` when the API does not say. */
  readonly read: (id: string, signal: AbortSignal) => Promise<{ readonly order: Order } | "gone" | "failed">;
}

const MAX_BYTES = 64 * 1024;
/** What can become a part of a path, and cannot lead out of it. */
const ID = /^[\w-]{1,64}$/;

export function orderReader(
  { ORDERS_URL, ORDERS_TOKEN }: OrdersApi,
  { subject }: Pick<Caller, "subject">,
): OrderReader {
  const { origin, protocol } = new URL(ORDERS_URL);
  if (protocol !== "https:") throw new Error("ORDERS_URL is not https");
  const headers = {
    accept: "application/json",
    authorization: `Bearer ${ORDERS_TOKEN}`,
    // Whose order it is, is for the API to check: the bridge's credential could read everybody's.
    "x-on-behalf-of": subject,
  };
  return {
    async read(id, signal) {
      if (!ID.test(id)) return "gone";
      // Without "manual" a redirect would carry the credential to wherever it leads.
      const answer = await fetch(`${origin}/orders/${id}`, { headers, redirect: "manual", signal }).catch(
        () => undefined,
      );
      if (answer?.status !== 200) {
        await answer?.body?.cancel();
        return answer?.status === 404 ? "gone" : "failed";
      }
      const body = await readBody(answer, MAX_BYTES, signal);
      return "failed" in body ? "failed" : orderOf(new TextDecoder().decode(body.bytes), ORDERS_TOKEN);
    },
  };
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
