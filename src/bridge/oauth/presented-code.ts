// The authorization code of the redemption that is under way (its SHA-256). The library's callback is not told of it, and the
// ledger must know it in the same step that opens the grant: a code that comes back after a crash ends what it gave.

import { AsyncLocalStorage } from "node:async_hooks";

export const presentedCode = new AsyncLocalStorage<string>();
