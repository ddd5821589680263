// Yours: what wrangler.toml binds for your capabilities, and the words of a policy that are bound to it.

import { d1, defineBindings, kitFor } from "./bridge/index.ts";
import { scopes } from "./scopes.ts";

export const bindings = defineBindings({
  DB: d1(),
});

export const { tool, store, keepsNothing } = kitFor(scopes, bindings);
