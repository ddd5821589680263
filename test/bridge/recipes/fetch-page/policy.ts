import { tool } from "./bindings.ts";
import { webReader } from "./capabilities/web.ts";
import { fetchPage } from "./tools/fetch-page.ts";

export const policy = {
  fetch_page: tool(fetchPage, {
    scope: "web:fetch",
    effect: "read",
    capability: webReader,
    output: "untrusted",
    reaches: "outside",
  }),
};
