// under the flags that a deploy has: a tool that turns hostile finds no setting, secret or
// binding. It proves what the two flags do and that code cannot be made of text; it proves no sandbox.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { type Running, startBridge, type WorkerOptions } from "../support/bridge-process.ts";
import { FIXTURE } from "../support/fixture.ts";
import { answerOf, call, createJourney } from "../support/journey.ts";
import { CANARY, PLACES } from "./hostile/look.ts";

const FLAGS = ["nodejs_compat_do_not_populate_process_env", "disallow_importable_env"];
const PRIED = z.object({
  looked: z.array(z.string()),
  found: z.array(z.object({ place: z.string(), path: z.string(), what: z.string() })),
});

let bridge: Running;
beforeAll(async () => {
  bridge = await startHostile();
});
afterAll(() => bridge.stop());

test("a hostile tool finds no setting, secret or binding in either transport", async () => {
  for (const { looked, found } of await pryInBothTransports(bridge)) {
    expect(looked).toEqual([
      ...PLACES.filter((place) => !place.startsWith("code: ")),
      ...PLACES.filter((place) => place.startsWith("code: ")).map((place) => `${place}: EvalError`),
    ]);
    expect(found.filter(({ place }) => place !== "the current agent")).toEqual([]);
  }
});

// `getCurrentAgent()` of the agents SDK hands the session's object, with its env, to whatever runs inside a session.
test("a hostile tool finds nothing through the object that its session runs in", async () => {
  for (const { found } of await pryInBothTransports(bridge)) expect(found).toEqual([]);
});

test("without the two flags the same tool finds every secret and every binding, so this test can fail", async () => {
  const lines = (await readFile(join(FIXTURE, "wrangler.toml"), "utf8")).split("\n");
  const unflagged = lines.filter((line) => !FLAGS.some((flag) => line.includes(flag)));
  expect(unflagged).toHaveLength(lines.length - FLAGS.length);
  const config = unflagged.join("\n").replaceAll('"../../../', `"${join(FIXTURE, "../../..")}/`);
  const open = await startHostile({ config });
  onTestFinished(() => open.stop());

  for (const { found } of await pryInBothTransports(open)) {
    for (const place of ["process.env", "node:process"]) {
      expect(found).toContainEqual({ place, path: "DRAWBRIDGE_SECRET", what: "a secret" });
    }
    const importable = found.filter(({ place }) => place === "env of cloudflare:workers").map(({ path }) => path);
    const RATES = ["GRANT", "MCP", "OAUTH"].map((name) => `RATE_${name}.fetcher`);
    const settings = [
      "DRAWBRIDGE_SECRET",
      "SUBJECT_KEY",
      "ENTITLED",
      "CONTROL",
      "DB",
      "LEDGER",
      "MCP_SESSIONS",
      "OAUTH_KV",
      ...RATES,
    ];
    expect(importable.toSorted()).toEqual(settings.toSorted());
  }
});

async function startHostile(options: Pick<WorkerOptions, "config"> = {}): Promise<Running> {
  const entry = join(import.meta.dirname, "hostile/index.ts");
  const vars = {
    DRAWBRIDGE_SECRET: CANARY.repeat(5),
    SUBJECT_KEY: CANARY.repeat(6),
    ENTITLED: `mail:${CANARY}x@people.test`,
  };
  return startBridge({ entry, vars, ...options });
}

async function pryInBothTransports({ origin }: Running) {
  const journey = createJourney(fetch, origin);
  const token = (await journey.connect()).tokens.access_token;
  const answers = [
    await answerOf(await journey.legacy(token, call("pry"), await journey.openSession(token))),
    await answerOf(await journey.modern(token, "tools/call", { name: "pry", arguments: {} })),
  ];
  return answers.map((answer) => PRIED.parse(answer.result?.structuredContent));
}
