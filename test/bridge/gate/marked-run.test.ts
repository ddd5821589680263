import { expect, test } from "vitest";
import * as z from "zod";
import type { RunLedger, RunOutcome } from "../../../src/bridge/gate/ledger-port.ts";
import type { Provenance } from "../../../src/bridge/gate/provenance.ts";
import { rule } from "../../../src/bridge/gate/rule.ts";
import { run } from "../../../src/bridge/gate/run.ts";
import { holderOf, TicketBook } from "../../../src/bridge/gate/ticket.ts";
import { defineTool, ToolError } from "../../../src/bridge/gate/tool.ts";
import { toolResult } from "../../../src/bridge/mcp/wire.ts";
import { sha256 } from "../../../src/bridge/seal.ts";
import { principal } from "./principals.ts";

const TOKEN = `dbr1_${"a".repeat(22)}:grant-01:${"s".repeat(30)}`;
/** The token is cut in two by a space that nobody sees. */
const HOSTILE = `Hi\u200b ![x](https://evil.test) ${TOKEN.replace("grant", "gra\u200bnt")}`;

interface Bench {
  readonly untrusted?: boolean;
  /** What the capability says it handed out. */
  readonly marks?: readonly string[];
  readonly tainted?: boolean;
  readonly error?: Error;
  readonly said?: string;
  readonly more?: string[];
  readonly taint?: RunLedger["taint"];
}

/** One admitted call of a tool that says `said` or throws; what the ledger was told, in order. */
async function ran({ untrusted = false, marks = [], tainted = false, error, said = HOSTILE, more, ...ports }: Bench) {
  const told: string[] = [];
  const outcomesWritten: RunOutcome[] = [];
  const work: Promise<unknown>[] = [];
  let seen: boolean | undefined;
  const tool = defineTool({
    title: "Say",
    description: "Says.",
    input: z.strictObject({}),
    example: {},
    output: z.object({ said: z.string(), more: z.array(z.string()).optional() }),
    run(_args, { mark, tainted: influenced }: Provenance) {
      seen = influenced;
      for (const source of marks) mark(source);
      told.push("ran");
      if (error !== undefined) throw error;
      return { said, more };
    },
  });
  const row = {
    tool,
    scope: "notes:read",
    effect: "read",
    capability: (_: null, __: unknown, from: Provenance) => from,
  } as const;
  const me = principal();
  const ledger: RunLedger = {
    recordOutcomes: async (outcomes) => void outcomesWritten.push(...outcomes),
    taint: ports.taint ?? (async (client) => void told.push(`taint ${client}`)),
  };
  const digest = await sha256({});
  const ticket = {
    seq: 1,
    hash: "h",
    holder: holderOf(me),
    tool: "say",
    tainted,
    approval: null,
    approved: null,
    digest,
    expires: 2,
  };
  const result = await run(
    { tool: "say", args: {} },
    { principal: me, blocked: [], ticket },
    {
      policy: { say: rule(untrusted ? { ...row, output: "untrusted" } : row) },
      ledger,
      digest: sha256,
      now: () => 1,
      host: null,
      book: new TicketBook(),
      later: (promise) => void work.push(promise),
      report: () => void told.push("failed"),
      boundary: () => "b1",
    },
  );
  told.push("left");
  await Promise.all(work);
  return { told, outcomesWritten, seen, result, answer: toolResult(result, "request-1") };
}

test("a user's own text is handed out as it is, but for what has the shape of a credential", async () => {
  const { told, answer } = await ran({ said: `[a](https://b.test) \u200b${TOKEN}` });
  expect(answer.structuredContent).toEqual({ said: "[a](https://b.test) \u200b(drawbridge:redacted)" });
  expect(answer.content[0]).toEqual({ type: "text", text: JSON.stringify(answer.structuredContent) });
  expect(answer.content[1]?.text).toMatch(/^Where it says \(drawbridge:redacted\)/);
  expect(answer._meta).toEqual({ "drawbridge/audit": { seq: 1, hash: "h" } });
  expect(told).toEqual(["ran", "left"]);
});

test("what a row or its capability says was written by others is cleaned, marked and taints before it leaves", async () => {
  const said = (from: string) =>
    `⟦untrusted text b1 from ${from}⟧ Hi ! [x] (https: //evil.test) (drawbridge:redacted) ⟦end b1⟧`;
  for (const [bench, from, before] of [
    [{ untrusted: true }, "say", []],
    [{ untrusted: true, marks: ["https://a.test/"] }, "https: //a.test/", []],
    [{ marks: ["your note 1"] }, "your note 1", ["taint client-1"]],
    [{ marks: ["your note 1", "your note 2"] }, "2 sources", ["taint client-1"]],
  ] as const) {
    const { told, outcomesWritten, result, answer } = await ran(bench);
    expect(told).toEqual(["ran", ...before, "left"]);
    expect(answer.structuredContent).toEqual({ said: said(from) });
    expect(answer._meta).toMatchObject({ "drawbridge/trust": "untrusted" });
    const text = answer.content[0]?.text ?? "";
    expect(text).toMatch(/^Text between marks that say b1 was written by others \(.*\n\{/);
    // What is settled is what was sent.
    expect(outcomesWritten).toMatchObject([{ outcome: "ok", size: text.length, digest: await sha256(text) }]);
    expect(result).toMatchObject({ outcome: "ok", text });
  }
});

test("a taint that cannot be written down keeps the text in, whether the tool returned or threw", async () => {
  const taint = () => Promise.reject(new Error("no route"));
  for (const error of [undefined, new ToolError("words")]) {
    const { told, answer } = await ran({ marks: ["x"], taint, ...(error && { error }) });
    expect(told).toEqual(["ran", "failed", "left"]);
    expect(answer).toMatchObject({ isError: true, content: [{ text: "The tool failed (internal error request-1)." }] });
  }
});

test("the words of a tool that failed over such text are cleaned too; a tool learns that its client is tainted", async () => {
  const { told, answer } = await ran({ marks: ["x"], error: new ToolError(HOSTILE) });
  expect(answer.content[0]?.text).toBe("Hi ! [x] (https: //evil.test) (drawbridge:redacted)");
  expect(told).toEqual(["ran", "taint client-1", "left"]);
  expect((await ran({ error: new ToolError(HOSTILE) })).answer.content[0]?.text).toContain("![x](https://evil.test)");
  expect([(await ran({ tainted: true })).seen, (await ran({})).seen]).toEqual([true, false]);
});

test("marks may make a result longer, but not without end", async () => {
  expect((await ran({ said: "x".repeat(60_000), untrusted: true })).result.outcome).toBe("ok");
  expect((await ran({ said: "<a".repeat(32_000), untrusted: true })).result.outcome).toBe("ok");
  expect((await ran({ said: "x".repeat(70_000), untrusted: true })).result.outcome).toBe("bad-output");
  const more = Array.from({ length: 3_000 }, () => "a word");
  expect((await ran({ more })).result.outcome).toBe("ok");
  expect((await ran({ more, untrusted: true })).result.outcome).toBe("bad-output");
});
