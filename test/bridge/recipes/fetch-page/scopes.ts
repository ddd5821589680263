import { defineScopes } from "../../../../src/bridge/index.ts";

export const scopes = defineScopes({
  "web:fetch": {
    may: "read web pages for you, from the hosts that this bridge lists",
    risk: "What it asks for is told to those hosts, and a page may try to talk it into something.",
    offer: "never",
  },
});
