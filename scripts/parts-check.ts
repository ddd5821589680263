// A step of `npm run parts` is done when what it says is so.

import { Failure } from "./command.ts";

export function check(holds: boolean, words: string, detail: unknown = ""): void {
  if (!holds) throw new Failure(`Not so: ${words}. ${typeof detail === "string" ? detail : JSON.stringify(detail)}`);
  console.log(`  ✓ ${words}`);
}
