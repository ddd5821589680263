// Yours: what the bridge is built over.

import { bindings } from "./bindings.ts";
import { defineApp } from "./bridge/index.ts";
import { notes } from "./capabilities/notes.ts";
import { people } from "./people.ts";
import { policy } from "./policy.ts";
import { scopes } from "./scopes.ts";

export const app = defineApp({
  name: "Drawbridge", // Replace: the name on every page, and what clients are told
  version: "0.1.0",
  scopes,
  bindings,
  policy,
  data: [notes],
  people,
});
