import type { Recipe } from "../recipe.ts";

export const recipe: Recipe = {
  says: "an internal API behind a credential of the bridge's own: one tool reads, one changes something after the user's yes",
  vars: [{ name: "ORDERS_URL", value: "", replace: "the https origin of the API, e.g. https://orders.example.com" }],
  next: [
    "Set ORDERS_URL in wrangler.toml: until then the bridge refuses to serve.",
    "Store the credential: `npx wrangler secret put ORDERS_TOKEN`; on this computer a line ORDERS_TOKEN=… in .dev.vars.",
    'For your tests, a made-up one in vitest.config.ts: bridgeTests({ ORDERS_TOKEN: "made-up" }).',
    "Adapt the paths and the shape of an order in src/capabilities/orders.ts to your API.",
  ],
};
