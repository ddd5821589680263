// What `npm run parts` asks of a bridge without fetch_page: the tool and its scope do not exist, notes are written
// and read as before, and what destroys still waits for its person.

import { answerOf, type Journey } from "../test/bridge/support/journey.ts";
import { check } from "./parts-check.ts";

export async function withoutWeb(journey: Journey): Promise<void> {
  const ticked = ["notes:read", "notes:write", "notes:delete", "web:fetch"];
  const { tokens } = await journey.connect({ ticked });
  check(tokens.scope === "profile:read notes:read notes:write notes:delete", `granted is ${tokens.scope}`);
  const ask = async (method: string, params: Record<string, unknown> = {}) =>
    answerOf(await journey.modern(tokens.access_token, method, params));
  const call = (name: string, args: Record<string, unknown>) => ask("tools/call", { name, arguments: args });

  const names = (await ask("tools/list")).result?.tools?.map(({ name }) => name) ?? [];
  check(names.includes("write_note") && !names.includes("fetch_page"), `tools/list has ${names.join(", ")}`);
  const unknown = await call("fetch_page", { url: "https://docs.example.com/" });
  check(unknown.error?.code === -32602, `fetch_page: ${unknown.error?.message}`, unknown);

  const written = await call("write_note", { title: "List", text: "milk" });
  const id = written.result?.structuredContent?.["id"];
  const read = await call("read_note", { id });
  check(read.result?.structuredContent?.["text"] === "milk", "a note is written and read", read);
  const refused = await call("delete_note", { id });
  check(refused.result?._meta?.["drawbridge/approval"] !== undefined, "deleting it waits for its person", refused);
}
