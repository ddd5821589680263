// Each attack of test/bridge/support/falls.ts, tried on the bridge and on the plain servers of test/bridge/bench/plain, which are written
// from the documentation's quickstart and meant for comparison only. The table in docs/threat-model.md is what this saw.

import { expect, inject, test } from "vitest";
import { ATTACKS } from "../support/falls.ts";
import { takeErrors } from "../support/log.ts";
import { callOn, connect, targets } from "../support/plain.ts";

test("the honest way works on the bridge and on both plain servers", async () => {
  for (const [name, target] of Object.entries(targets)) {
    const { tokens } = await connect(target, "ada");
    const note = { title: "plain", text: name };
    expect(await callOn(target, tokens.access_token, "write_note", note), name).toBeDefined();
    expect(await callOn(target, tokens.access_token, "search_notes", { query: name }), name).toContain("plain");
  }
});

test("what falls on a plain server holds here, and docs/threat-model.md says which, line by line", {
  timeout: 60_000,
}, async () => {
  const lines: string[] = [];
  for (const { gets, falls } of ATTACKS) {
    const said = [];
    for (const target of [targets.ours, targets.agent, targets.stateless]) said.push(word(await falls(target)));
    expect.soft(said[0], gets).toBe("holds");
    lines.push(`| ${gets} | ${said.join(" | ")} |`);
  }
  takeErrors();
  const [, table = ""] = /<!-- plain -->\n(.*?)<!-- \/plain -->/s.exec(inject("threatModel")) ?? [];
  const rows = table.split("\n").filter((line) => /^\| (?!what)/.test(line));
  expect(rows, `docs/threat-model.md should have\n${lines.join("\n")}`).toEqual(lines);
});

function word(fell: boolean | undefined): string {
  if (fell === undefined) return "–";
  return fell ? "**falls**" : "holds";
}
