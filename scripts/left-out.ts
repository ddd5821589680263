// Imports of packages that wrangler.toml leaves out of the bundle ([alias]). They would build, and fail when they are used; so the
// check, the deploy and `npm start` ask here before they build.

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../src/bridge/settings.ts";
import { importsOf } from "./imports.ts";
import { ROOT } from "./wrangler.ts";

/** Each import of one: the file, what it does, and what mends it. */
export function importsLeftOut(): readonly Problem[] {
  const config = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  const leftOut = [...config.matchAll(/^"(.+)" = "\.\/src\/bridge\/left-out\//gm)].map(([, name]) => name);
  return globSync("src/**/*.{ts,tsx}", { cwd: ROOT }).flatMap((file) =>
    importsOf(file, readFileSync(join(ROOT, file), "utf8"))
      .filter(({ target, typeOnly }) => !typeOnly && leftOut.includes(target))
      .map(({ target }) => ({
        setting: file,
        problem: `imports ${target}, which is left out of the bundle`,
        fix: "take its line out of [alias] in wrangler.toml to use it",
      })),
  );
}
