// What a deploy says and does not refuse: settings that are in order, and mean more than they seem to. Pure.

import { parseListing } from "../src/bridge/app/listing.ts";

/** `users`: the entries of ENTITLED and of src/people.ts. */
export function notesOn(people: readonly string[], providers: { readonly github: boolean }): readonly string[] {
  const domains = people.filter((entry) => parseListing(entry)?.kind === "mail-domain");
  if (!providers.github || domains.length === 0) return [];
  const words = "GitHub never verifies an address again, so who leaves keeps it and goes on entering";
  return [`${domains.join(", ")}: ${words} (docs/operations.md, "Who may enter").`];
}
