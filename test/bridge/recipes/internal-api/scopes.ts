import { defineScopes } from "../../../../src/bridge/index.ts";

export const scopes = defineScopes({
  "orders:read": {
    may: "read your orders",
    risk: "It sees what you ordered.",
    offer: "asked",
  },
  "orders:write": {
    may: "put orders of yours on hold, asking you about each one",
    risk: "An order on hold is not sent until somebody releases it.",
    offer: "never",
  },
});
