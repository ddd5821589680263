// A part of the bridge that an entry names, or leaves out: then nothing of it is bundled and its paths do not exist.

import type { MakeChore } from "../ledger/chores.ts";
import type { Fragment } from "../setting.ts";
import type { Settings } from "../settings.ts";
import type { Bindings } from "./bindings.ts";
import type { Routes } from "./route.ts";

export interface Part {
  readonly name: string;
  readonly routes?: Routes;
  /** Of its own: a bridge without this part does not know them. */
  readonly settings?: Fragment;
  /** Where users see and end their connections, if it has such a page. */
  readonly connections?: string;
  /** Done once an hour. */
  readonly hourly?: (env: Bindings, settings: Settings) => Promise<void>;
  /** Done by the alarm of each ledger; see ledger/chores.ts. */
  readonly chore?: MakeChore;
}
