// What tests of real clients read out of results, whichever SDK, protocol version or process brought them. Odd answers fail here, loudly.

import * as z from "zod";
import { policy } from "../fixture/policy.ts";

const TOOLS = z.object({
  tools: z.array(z.object({ name: z.string(), _meta: z.object({ "drawbridge/locked": z.boolean() }) })),
});
const NOTES = z.object({ structuredContent: z.object({ notes: z.array(z.object({ title: z.string() })) }) });
const NOTE = z.object({ structuredContent: z.object({ id: z.uuid() }) });

const REFUSED = z.object({ isError: z.literal(true), content: z.tuple([z.object({ text: z.string() })]) });

/** The link to an approval, out of the words that a model reads. */
export function approvalOf(result: unknown): string {
  const { text } = REFUSED.parse(result).content[0];
  return /Ask the user to open (\S+) and decide; then make the same call again\./.exec(text)?.[1] ?? text;
}

/** Every listed tool by name, and whether this connection may call it. */
export function toolsOf(listed: unknown): Readonly<Record<string, "open" | "locked">> {
  const { tools } = TOOLS.parse(listed);
  return Object.fromEntries(tools.map(({ name, _meta }) => [name, _meta["drawbridge/locked"] ? "locked" : "open"]));
}

/** What a first connection sees: its user ticked nothing beyond what the consent page ticks. */
export const FIRST_TOOLS = Object.fromEntries(
  Object.entries(policy).map(([name, { scope }]) => [
    name,
    ["profile:read", "notes:read"].includes(scope) ? "open" : "locked",
  ]),
);

/** The titles that `search_notes` found. */
export function titlesOf(result: unknown): readonly string[] {
  return NOTES.parse(result).structuredContent.notes.map(({ title }) => title);
}

/** The id of the note that `write_note` wrote. */
export function noteOf(result: unknown): string {
  return NOTE.parse(result).structuredContent.id;
}
