// Searching one's own notes while others write theirs: what they write changes neither what is found nor its order.

import { expect, test } from "vitest";
import { EVERYTHING } from "../support/attack.ts";
import { answerOf } from "../support/journey.ts";
import { bindings, journey } from "../support/worker.ts";

interface Output {
  readonly id?: string;
  readonly notes?: readonly { readonly title: string }[];
}

async function user(name: string) {
  const token = (await journey.connect({ name, ...EVERYTHING })).tokens.access_token;
  const call = async (tool: string, args: object) => {
    const params = { name: tool, arguments: args };
    const { result } = await answerOf(await journey.modern(token, "tools/call", params));
    return result?.structuredContent as Output | undefined;
  };
  const write = (title: string, text: string, id?: string) =>
    id === undefined ? call("write_note", { title, text }) : call("replace_note", { id, title, text });
  const search = async (query: string) => (await call("search_notes", { query }))?.notes?.map(({ title }) => title);
  return { subject: token.split(":")[0] ?? "", write, search };
}

test("another user's notes change neither what a search finds nor in which order", {
  timeout: 30_000,
}, async () => {
  const ada = await user("ada");
  await ada.write("mostly apples", `pear ${"apple ".repeat(20)}`);
  await ada.write("mostly pears", `apple ${"pear ".repeat(20)}`);
  await ada.write("apple pear", "both in the title");
  const queries = [
    "apple pear",
    "apple",
    "PEAR apple",
    "mostly",
    "subject",
    "dbr1",
    ada.subject,
    "title:apple",
    "a OR b",
  ];
  const found = async () => Promise.all(queries.map((query) => ada.search(query)));
  const before = await found();
  expect(before.slice(0, 2)).toEqual([
    ["apple pear", "mostly pears", "mostly apples"],
    ["apple pear", "mostly apples", "mostly pears"],
  ]);

  const bob = await user("bob");
  for (const word of ["apple", "pear"]) {
    const rows = Array.from({ length: 40 }, (_, n) =>
      bindings.DB.prepare("INSERT INTO note (id, subject, title, text, updated) VALUES (?, ?, ?, ?, ?)").bind(
        `${word}-${n}`,
        bob.subject,
        `${word} ${n}`,
        `${word} mostly ${ada.subject} subject`,
        new Date().toISOString(),
      ),
    );
    await bindings.DB.batch(rows);
    expect(await found(), `after forty notes about ${word}`).toEqual(before);
  }
  expect(await bob.search("apple")).toHaveLength(20);
});

test("a note that is replaced or deleted is found by its new words alone", async () => {
  const { write, search, subject } = await user("grace");
  const written = await write("old", "words");
  expect([await search("old"), await search("new")]).toEqual([["old"], []]);
  await write("new", "words", written?.id);
  expect([await search("old"), await search("words")]).toEqual([[], ["new"]]);
  await bindings.DB.prepare("DELETE FROM note WHERE subject = ?").bind(subject).run();
  expect([await search("new"), await search("words")]).toEqual([[], []]);
});
