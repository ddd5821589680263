import { expect, test } from "vitest";
import { answerOf, call } from "../support/journey.ts";
import { FIRST_TOOLS } from "../support/results.ts";
import { journey, ledgerOf } from "../support/worker.ts";

test("a user connects a client, reads, is asked for more, grants it, and writes, in one session", async () => {
  const { client, tokens } = await journey.connect();
  expect(tokens).toMatchObject({ scope: "profile:read notes:read", expires_in: 900 });
  const session = await journey.openSession(tokens.access_token);

  const listed = await answerOf(
    await journey.legacy(tokens.access_token, { jsonrpc: "2.0", id: 2, method: "tools/list" }, session),
  );
  const tools = listed.result?.tools?.map(({ name, _meta }) => [name, _meta["drawbridge/locked"] ? "locked" : "open"]);
  expect(tools).toEqual(Object.entries(FIRST_TOOLS));
  expect(FIRST_TOOLS).toMatchObject({ whoami: "open", read_note: "open", write_note: "locked", fetch_page: "locked" });

  const refused = await journey.legacy(tokens.access_token, call("write_note", { title: "a", text: "b" }), session);
  expect(refused.status).toBe(403);
  await refused.text();

  const more = await journey.connect({
    client,
    scope: "profile:read notes:read notes:write",
    ticked: ["notes:read", "notes:write"],
  });
  const written = await answerOf(
    await journey.legacy(more.tokens.access_token, call("write_note", { title: "Shopping", text: "milk" }), session),
  );
  const id = String(written.result?.structuredContent?.["id"]);
  const found = await answerOf(
    await journey.legacy(more.tokens.access_token, call("search_notes", { query: "milk" }), session),
  );
  expect(found.result?.structuredContent).toMatchObject({ notes: [{ id, title: "Shopping" }] });
  const read = await answerOf(await journey.legacy(more.tokens.access_token, call("read_note", { id }), session));
  expect(read.result?.structuredContent).toMatchObject({ id, title: "Shopping", text: "milk" });

  const events = await ledgerOf(tokens.access_token).events();
  expect(events.map(({ event }) => event.kind)).toContain("denial");
});
