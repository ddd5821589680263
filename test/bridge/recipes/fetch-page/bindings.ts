import { defineBindings, kitFor, webHosts } from "../../../../src/bridge/index.ts";
import { scopes } from "./scopes.ts";

export const bindings = defineBindings({
  WEB_HOSTS: webHosts(),
});

export const { tool, keepsNothing } = kitFor(scopes, bindings);
