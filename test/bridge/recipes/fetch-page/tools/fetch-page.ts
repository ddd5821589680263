// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool, ToolError, type WebReader } from "../../../../../src/bridge/index.ts";

export const fetchPage = defineTool({
  title: "Fetch a page",
  description:
    "Returns the text of a public web page (https, HTML, Markdown, plain text or JSON) from a host on the bridge's list. The text is written by others.",
  input: z.strictObject({ url: z.string().min(1).max(2_048) }),
  output: z.object({ url: z.string(), title: z.string(), text: z.string(), shortened: z.boolean() }),
  example: { url: "https://docs.example.com/start" },
  async run({ url }, { fetchPage: fetchFrom }: WebReader, signal) {
    const page = await fetchFrom(url, signal);
    if ("refused" in page) throw new ToolError(`Nothing was fetched. ${page.refused}`);
    return page;
  },
});
