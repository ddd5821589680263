// The settings of a bridge as its entry names it, read off the entry's text: an entry itself runs on Workers only.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RETENTION } from "../src/bridge/archive/archive.ts";
import { ROOM_SETTINGS } from "../src/bridge/fragments.ts";
import type { Fragment } from "../src/bridge/setting.ts";
import { GITHUB } from "../src/bridge/sign-in/github.ts";
import { OIDC } from "../src/bridge/sign-in/oidc.ts";
import { SESSIONS } from "../src/bridge/transports/session/session.ts";
import { ROOT } from "./wrangler.ts";

/** What comes with a word of an entry. */
export const OF_WORDS: Readonly<Record<string, Fragment>> = {
  github: GITHUB,
  oidc: OIDC,
  session: SESSIONS,
  archive: RETENTION,
};

/** Beside those that every bridge has of itself. */
export function fragmentsOf(entry: string): readonly Fragment[] {
  const file = join(ROOT, entry);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const imports = /^import \{([^}]*)\} from "\.\/bridge\/worker\.ts";/m.exec(text)?.[1] ?? "";
  const words = imports.split(",").map((word) => word.trim());
  return [...ROOM_SETTINGS, ...Object.entries(OF_WORDS).flatMap(([word, one]) => (words.includes(word) ? [one] : []))];
}
