import fc from "fast-check";
import { expect, test } from "vitest";
import { doors, send, TRANSPORTS, type TransportName } from "../support/doors.ts";
import { answerOf, call } from "../support/journey.ts";
import { browseThe, browsing, calm, HOST, html } from "../support/pages.ts";

/** What a user does: add a note, search for every canary, read, replace or delete a note of either user, fetch a page. */
interface Step {
  readonly who: "ada" | "bob";
  readonly transport: TransportName;
  readonly what: "write" | "search" | "read" | "replace" | "delete" | "fetch";
  readonly whose: "ada" | "bob";
}
const STEP: fc.Arbitrary<Step> = fc.record({
  who: fc.constantFrom("ada", "bob"),
  transport: fc.constantFrom(...TRANSPORTS),
  what: fc.constantFrom("write", "search", "read", "replace", "delete", "fetch"),
  whose: fc.constantFrom("ada", "bob"),
});

test("interleaved users never receive, find or change each other's notes, in any mix of transports", {
  timeout: 60_000,
}, async () => {
  const both = doors();
  const people = { ada: await browsing("ada"), bob: await browsing("bob") };
  const ask = async (who: "ada" | "bob", transport: TransportName, tool: string, args: Record<string, unknown>) => {
    const { token, session } = people[who];
    return answerOf(await send(transport, both, token, session, call(tool, args)));
  };
  const canary = (who: string, more: string) => `canary ${who}canary ${more}`;
  const seed = async (who: "ada" | "bob") => {
    const answer = await ask(who, "stateless", "write_note", { title: canary(who, "seed"), text: canary(who, "seed") });
    return String(answer.result?.structuredContent?.["id"]);
  };
  const seeds = { ada: await seed("ada"), bob: await seed("bob") };
  const pageOf = (who: string) => `https://${HOST}/?${who}`;
  const pages = ["ada", "bob"].map((who) => [pageOf(who), html(`<p>${canary(who, "page")}`)] as const);
  const { asked, end } = browseThe(Object.fromEntries(pages));

  async function take({ who, transport, what, whose }: Step) {
    const fresh = crypto.randomUUID();
    const note = { title: canary(who, fresh), text: canary(who, fresh) };
    const args = {
      write: note,
      search: { query: "canary" },
      read: { id: seeds[whose] },
      replace: { ...note, id: seeds[whose] },
      delete: { id: seeds[whose] },
      fetch: { url: pageOf(who) },
    };
    const tool = (
      {
        write: "write_note",
        search: "search_notes",
        read: "read_note",
        replace: "replace_note",
        delete: "delete_note",
        fetch: "fetch_page",
      } as const
    )[what];
    const { status, result } = await ask(who, transport, tool, args[what]);
    const text = JSON.stringify(result);
    const other = who === "ada" ? "bob" : "ada";
    expect(status).toBe(200);
    expect(text).not.toContain(`${other}canary`);
    expect(text).not.toContain(people[other].token.split(":")[0]);
    if (what === "search") expect(text).toContain(`${who}canary`);
    const asks = result?._meta?.["drawbridge/approval"] !== undefined;
    const waits = asks || text.includes("Too many calls of this connection wait");
    // If a page was fetched before.
    if (what === "replace" && waits) return;
    if (what === "delete" || what === "fetch") {
      return expect([what, waits || (what === "fetch" && text.includes(`${who}canary`))]).toEqual([what, true]);
    }
    if (what === "read" && whose === who) expect(text).toContain(`${who}canary`);
    if (what !== "write" && whose !== who && what !== "search") expect(text).toContain("There is no such note");
    if (what !== "write") return;
    const back = await ask(who, transport, "read_note", { id: result?.structuredContent?.["id"] });
    // Marked, if a page was fetched before.
    expect(back.result?.structuredContent?.["text"]).toContain(note.text);
  }

  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 8, maxLength: 24 }), async (steps) => {
      for (const { token } of Object.values(people)) await calm(token);
      await Promise.all(steps.map(take));
    }),
    { numRuns: 12, endOnFailure: true },
  );
  end();
  expect(new Set(asked.map(({ url }) => url)).size).toBe(2);
  for (const who of ["ada", "bob"] as const) {
    const back = await ask(who, "stateless", "read_note", { id: seeds[who] });
    expect(back.result?.structuredContent?.["text"]).toContain(`${who}canary`);
  }
});
