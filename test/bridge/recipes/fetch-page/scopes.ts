import { defineScopes } from "../../../../src/bridge/index.ts";

export const scopes = defineScopes({
  "web:fetch": {
    may: "read web pages for you, from the sites that this service lists",
    risk: "Those sites see what the app asks for. A page can contain text that tries to misuse the app.",
    offer: "never",
  },
});
