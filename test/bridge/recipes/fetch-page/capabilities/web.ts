// Yours: the hosts that fetch_page reads from are a setting of yours (WEB_HOSTS in wrangler.toml); there are none by default.

import { createWebReader, type WebReader } from "../../../../../src/bridge/index.ts";
import { keepsNothing } from "../bindings.ts";

export const webReader = keepsNothing.reads(
  "webReader",
  ({ WEB_HOSTS }, _caller, from): WebReader => createWebReader(WEB_HOSTS, from),
);
