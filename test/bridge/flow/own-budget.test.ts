// A rule's own budget, over both transports: what it says is exact, and what it does not say is its effect's.

import { expect, test } from "vitest";
import { policy } from "../fixture/policy.ts";
import { bridgeAt } from "../support/attack.ts";
import { answerOf, call } from "../support/journey.ts";
import { ORIGIN, outcomesWritten } from "../support/worker.ts";

test("a rule's own budget holds, over both transports; a rule without one has its effect's", async () => {
  expect(policy.write_account.budget).toEqual({ ...policy.write_note.budget, perMinute: 2 });
  expect(policy.destroy_account.budget).toEqual({ ...policy.delete_note.budget, perDay: 1 });
  const on = bridgeAt(ORIGIN, { BUDGET_FACTOR: "1" });
  for (const transport of ["session", "stateless"] as const) {
    const { tokens } = await on.connect({
      name: transport === "session" ? "ada" : "bob",
      scope: "profile:read notes:write",
      ticked: ["notes:write"],
    });
    const token = tokens.access_token;
    const session = await on.openSession(token);
    const say = async (tool: string, text: string) => {
      const message = call(tool, tool === "write_note" ? { title: text, text } : { text });
      const answer =
        transport === "session" ? on.legacy(token, message, session) : on.modern(token, "tools/call", message.params);
      return (await answerOf(await answer)).result?.content?.[0]?.text;
    };
    const said = [];
    for (const text of ["a", "b", "c"]) said.push(await say("write_account", text));
    expect(said.slice(0, 2)).toEqual([expect.stringContaining('"text"'), expect.stringContaining('"text"')]);
    expect(said[2]).toMatch(/^This tool's budget for the minute is used up/);
    for (const text of ["a", "b", "c"]) expect(await say("write_note", text)).toContain('"id"');
    await outcomesWritten(token);
  }
});
