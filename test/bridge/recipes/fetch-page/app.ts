import { defineApp } from "../../../../src/bridge/index.ts";
import { bindings } from "./bindings.ts";
import { policy } from "./policy.ts";
import { scopes } from "./scopes.ts";

export const app = defineApp({
  name: "Fetch page",
  version: "0.1.0",
  scopes,
  bindings,
  policy,
  data: [],
  people: [],
});
