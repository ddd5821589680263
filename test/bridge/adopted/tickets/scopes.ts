import { defineScopes } from "../../../../src/bridge/index.ts";

export const scopes = defineScopes({
  "tickets:read": { may: "see your tickets", risk: "It sees what you have reported.", offer: "ticked" },
  "tickets:write": { may: "open tickets for you", risk: "It can report things in your name.", offer: "asked" },
});
