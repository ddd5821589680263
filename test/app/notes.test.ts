// Yours: what your tools do, called as a client would. Replace: a short test for each tool of yours.

import { expect, test } from "vitest";
import { journey } from "../bridge/index.ts";
import { answerOf } from "../bridge/support/journey.ts";

const ALL = ["profile:read", "notes:read", "notes:write", "notes:delete"];

async function connect(name: string) {
  const { tokens } = await journey.connect({ name, scope: ALL.join(" "), ticked: ALL });
  return async (tool: string, args: object = {}) =>
    (await answerOf(await journey.modern(tokens.access_token, "tools/call", { name: tool, arguments: args }))).result;
}

test("whoami says who is signed in and what the connection may", async () => {
  const call = await connect("ada");
  expect((await call("whoami"))?.structuredContent).toMatchObject({ name: "ada", scopes: ALL });
});

test("a note that was written is found and read by its user, and by nobody else", async () => {
  const [ada, bob] = [await connect("ada"), await connect("bob")];
  const written = (await ada("write_note", { title: "Shopping", text: "milk" }))?.structuredContent;
  const found = { notes: [expect.objectContaining({ id: written?.["id"], title: "Shopping" })] };
  expect((await ada("search_notes", { query: "milk" }))?.structuredContent).toEqual(found);
  expect((await ada("read_note", { id: written?.["id"] }))?.structuredContent).toMatchObject({ text: "milk" });
  expect((await bob("search_notes", { query: "milk" }))?.structuredContent).toEqual({ notes: [] });
  expect(await bob("read_note", { id: written?.["id"] })).toMatchObject({ isError: true });
});

test("a note that is replaced is found by its new words alone", async () => {
  const call = await connect("eve");
  const id = (await call("write_note", { title: "Plan", text: "sail" }))?.structuredContent?.["id"];
  expect((await call("replace_note", { id, title: "Plan", text: "hike" }))?.structuredContent).toEqual({ id });
  expect((await call("search_notes", { query: "sail" }))?.structuredContent).toEqual({ notes: [] });
  expect((await call("read_note", { id }))?.structuredContent).toMatchObject({ text: "hike" });
});

test("delete_note asks its user, and deletes nothing before they agree", async () => {
  const call = await connect("dan");
  const id = (await call("write_note", { title: "Kept", text: "kept" }))?.structuredContent?.["id"];
  expect(await call("delete_note", { id })).toMatchObject({ isError: true });
  expect((await call("read_note", { id }))?.structuredContent).toMatchObject({ title: "Kept" });
});
