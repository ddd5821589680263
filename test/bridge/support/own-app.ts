// The fixture, as the bridge's tests use it: its scopes and its settings. Pure.

import { archive } from "../../../src/bridge/archive/archive.ts";
import type { Scope } from "../../../src/bridge/gate/scopes.ts";
import { withParts } from "../../../src/bridge/request/part.ts";
import { loadSettings as load } from "../../../src/bridge/settings.ts";
import { app as own } from "../fixture/app.ts";

export type { Scope };
/** With what its parts need set. */
export const app = withParts(own, [archive]);
export const SCOPES = app.scopes.all;
export const BASELINE = app.scopes.baseline;
export const DESTROYS = app.destroys;
export const parseScopes = app.scopes.parse;

export const loadSettings = (env: object) => load(env, app);
