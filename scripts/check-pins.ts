// Says where package.json and the pins that travel with the bridge (src/bridge/package.json) differ. That is no failure: an adopter
// may pin what they like, and an upgrade keeps it. `npm run release` is strict, because upstream forgets, and does not choose.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { differencesOf } from "./pins.ts";
import { ROOT } from "./wrangler.ts";

const read = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8"));
for (const line of differencesOf(read("src/bridge/package.json"), read("package.json"))) {
  console.log(`package.json, ${line} (src/bridge/package.json). The bridge was tested with its own.`);
}
