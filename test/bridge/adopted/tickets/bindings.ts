import { d1, defineBindings, kitFor } from "../../../../src/bridge/index.ts";
import { scopes } from "./scopes.ts";

export const bindings = defineBindings({
  DB: d1(),
});

export const { tool, store } = kitFor(scopes, bindings);
