// A part of the bridge that an entry names, or leaves out: then nothing of it is bundled and its paths do not exist.

import type { App } from "../app/app.ts";
import type { Bound } from "../app/bindings.ts";
import type { MakeChore } from "../ledger/chores.ts";
import type { Settings } from "../settings.ts";
import type { Bindings } from "./bindings.ts";
import type { Routes } from "./route.ts";

export interface Part {
  readonly name: string;
  readonly routes?: Routes;
  /** Settings of its own, checked at start with all others. */
  readonly settings?: Bound;
  /** Where users see and end their connections, if it has such a page. */
  readonly connections?: string;
  /** Done once an hour. */
  readonly hourly?: (env: Bindings, settings: Settings) => Promise<void>;
  /** Done by the alarm of each ledger; see ledger/chores.ts. */
  readonly chore?: MakeChore;
}

/** What parts need set is checked with what the app needs. */
export function withParts(app: App, parts: readonly Part[]): App {
  return { ...app, bindings: Object.assign({}, app.bindings, ...parts.map(({ settings }) => settings)) };
}
