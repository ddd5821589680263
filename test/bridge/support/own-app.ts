// The fixture, as the bridge's tests use it: its scopes and its settings. Pure.

import { RETENTION } from "../../../src/bridge/archive/archive.ts";
import { ROOM_SETTINGS } from "../../../src/bridge/fragments.ts";
import type { Scope } from "../../../src/bridge/gate/scopes.ts";
import { settingsOver } from "../../../src/bridge/settings.ts";
import { GITHUB } from "../../../src/bridge/sign-in/github.ts";
import { OIDC } from "../../../src/bridge/sign-in/oidc.ts";
import { SESSIONS } from "../../../src/bridge/transports/session/session.ts";
import { app as own } from "../fixture/app.ts";

export type { Scope };
export const app = own;
export const SCOPES = app.scopes.all;
export const BASELINE = app.scopes.baseline;
export const DESTROYS = app.destroys;
export const parseScopes = app.scopes.parse;

/** Of everything that an entry can name. */
export const FRAGMENTS = [...ROOM_SETTINGS, GITHUB, OIDC, SESSIONS, RETENTION];
export const loadSettings = settingsOver(app, FRAGMENTS);
