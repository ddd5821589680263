// A tool that answers oddly (the fixture's `odd`), over both transports: the caller reads a result that fits its schema or a dull
// failure, nothing of the inside, the admission has its outcome, and the next call is answered as if nothing had been.

import { expect, test, vi } from "vitest";
import { DEADLINE_MS } from "../../../src/bridge/gate/run.ts";
import { INTERNAL, type Oddity } from "../fixture/tools/odd.ts";
import { bridgeAt } from "../support/attack.ts";
import { answerOf, call } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { auditLogOf, ORIGIN, outcomesWritten } from "../support/worker.ts";

const UNFIT = /^The tool's result was not fit to send \(internal error [\w-]+\)\.$/;
const FAILED = /^The tool failed \(internal error [\w-]+\)\.$/;
const LATE = /^The tool did not end in time\. It may have taken effect: look before you call it again\.$/;

/** What the caller gets: a result, or the words of a failure; and what the ledger calls it. */
const GETS: Readonly<Record<Oddity, readonly [object | RegExp, string | undefined]>> = {
  empty: [{}, "ok"],
  huge: [UNFIT, "bad-output"],
  unicode: [{ text: "\u202egnp.exe\u2066\u200b \ufffd é 漢 😀" }, "ok"],
  nested: [{ tree: expect.any(Array) }, "ok"],
  "nested too deep": [FAILED, "failed"],
  "more fields": [{ text: "named" }, "ok"],
  "another type": [UNFIT, "bad-output"],
  nothing: [UNFIT, "bad-output"],
  "a list": [UNFIT, "bad-output"],
  circular: [FAILED, "failed"],
  "no JSON": [FAILED, "failed"],
  throws: [FAILED, "failed"],
  "throws nothing": [FAILED, "failed"],
  "rejects with a text": [FAILED, "failed"],
  "rejects with null": [FAILED, "failed"],
  "ends when it is told to": [LATE, "timeout"],
  // Its admission stays open: the alarm of the ledger closes it.
  "never ends": [LATE, undefined],
};

test("however a tool answers, the caller gets what its schema names or a dull failure, and the ledger an outcome", async () => {
  const on = bridgeAt(ORIGIN);
  const users = { session: await on.connect({ name: "ada" }), stateless: await on.connect({ name: "bob" }) };
  const later = setTimeout;
  // A deadline passes at once; everything else takes its time.
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((run: () => void, ms?: number) =>
    later(run, ms === DEADLINE_MS ? 0 : ms)) as typeof setTimeout);
  for (const transport of ["session", "stateless"] as const) {
    const token = users[transport].tokens.access_token;
    const session = await on.openSession(token);
    for (const [how, [gets, outcome]] of Object.entries(GETS)) {
      const about = `${how}, over ${transport}`;
      const message = call("odd", { how });
      const response =
        transport === "session"
          ? await on.legacy(token, message, session)
          : await on.modern(token, "tools/call", message.params);
      const answer = await answerOf(response);
      const { result } = answer;
      expect(response.status, about).toBe(200);
      expect(JSON.stringify(answer), about).not.toContain(INTERNAL);
      expect(result?._meta, about).toHaveProperty("drawbridge/audit");
      expect([about, result?.isError === true]).toEqual([about, outcome !== "ok"]);
      if (gets instanceof RegExp) expect(result?.content?.[0]?.text, about).toMatch(gets);
      else expect(result?.structuredContent, about).toEqual(gets);
      if (outcome === undefined) {
        expect([about, (await auditLogOf(token)).at(-1)?.kind]).toEqual([about, "admission"]);
        continue;
      }
      await outcomesWritten(token);
      const last = (await auditLogOf(token)).findLast((event) => event.kind === "settlement");
      expect([about, last]).toEqual([about, expect.objectContaining({ outcome })]);
    }
  }
  expect(takeErrors().length).toBeGreaterThan(0);
  vi.restoreAllMocks();
});
