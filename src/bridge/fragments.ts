// The settings of the rooms that every bridge has. What an entry names brings its own: a part, a transport, a way to sign in.

import { ORIGINS } from "./edge/origin.ts";
import { NOTIFY } from "./ledger/notices.ts";
import { PLACE } from "./ledger/place.ts";
import { DETAILS } from "./log.ts";
import { BUDGETS } from "./mcp/ports.ts";
import { OAUTH } from "./oauth/settings.ts";
import { CONTACT } from "./pages/security-text.ts";
import type { Fragment } from "./setting.ts";

export const ROOM_SETTINGS: readonly Fragment[] = [PLACE, ORIGINS, OAUTH, BUDGETS, NOTIFY, CONTACT, DETAILS];
