// The exchange that is under way at the token endpoint, of which the library tells its callback nothing: what is about to be
// given goes this way to anyone who asked the library for it.

import { AsyncLocalStorage } from "node:async_hooks";
import type { OpenGrant } from "../ledger/grants.ts";

export type Given = Omit<OpenGrant, "redeemed">;

/** Answers how often the grant was refreshed when its new access token is made. */
export const underWay = new AsyncLocalStorage<(given: Given) => number>();
