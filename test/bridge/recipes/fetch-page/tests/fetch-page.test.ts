// Yours: what fetch_page hands on, and what it says when there is no page.

import { expect, test } from "vitest";
import { ToolError, type WebReader } from "../../../../../src/bridge/index.ts";
import { fetchPage } from "../tools/fetch-page.ts";

const signal = new AbortController().signal;
const reading = (answer: Awaited<ReturnType<WebReader["fetchPage"]>>): WebReader => ({ fetchPage: async () => answer });

test("fetch_page hands on the page, or says why nothing was fetched", async () => {
  const { run, example } = fetchPage;
  const page = { url: example.url, title: "Start", text: "Begin here.", shortened: false };
  expect(await run(example, reading(page), signal)).toEqual(page);
  const denied = run(example, reading({ refused: "The host took too long." }), signal);
  await expect(denied).rejects.toThrow(new ToolError("Nothing was fetched. The host took too long."));
});
