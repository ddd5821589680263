// Yours, and thin: what the bridge's tests need is in test/bridge/vitest.ts.

import { defineConfig } from "vitest/config";
import { bridgeTests } from "./test/bridge/vitest.ts";

// Settings of your app as its tests see them, secrets too: made-up values, such as { ORDERS_TOKEN: "made-up" }.
export default defineConfig(await bridgeTests({}));
