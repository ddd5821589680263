// Yours, and thin: what the bridge's tests need is in test/bridge/vitest.ts.

import { defineConfig } from "vitest/config";
import { bridgeTests } from "./test/bridge/vitest.ts";

export default defineConfig(bridgeTests);
