import * as z from "zod";
import { defineBindings, kitFor, setting } from "../../../../src/bridge/index.ts";
import { scopes } from "./scopes.ts";

export const bindings = defineBindings({
  ORDERS_URL: setting(z.url({ protocol: /^https$/ }), "set it in wrangler.toml under [vars]"),
  ORDERS_TOKEN: setting(z.string().min(1), "npx wrangler secret put ORDERS_TOKEN"),
});

export const { tool, keepsNothing } = kitFor(scopes, bindings);
