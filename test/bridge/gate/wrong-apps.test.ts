// Apps that would fail open do not compile, and what the compiler says of each names the mistake: wrong-apps/apps.ts has them. What
// types cannot see is refused where the rule is made.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as z from "zod";
import { ROOT } from "../../../scripts/wrangler.ts";
import { d1, defineBindings, defineScopes, defineTool, kitFor } from "../../../src/bridge/index.ts";

const HERE = join("test", "bridge", "gate", "wrong-apps");

test("each wrong app is refused by the compiler, in words that name the mistake", () => {
  const lines = readFileSync(join(ROOT, HERE, "apps.ts"), "utf8").split("\n");
  const apps = lines.flatMap((line, index) => {
    const says = /^\/\/ says: (.+)$/.exec(line)?.[1];
    return says === undefined ? [] : [{ line: index + 1, says }];
  });
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", HERE, "--pretty", "false"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const errors = stdout.split(/^(?=\S*apps\.ts\()/m).filter((text) => text !== "");
  const told = Map.groupBy(errors, (text) => {
    const at = Number(/apps\.ts\((\d+),/.exec(text)?.[1]);
    return apps.findLast(({ line }) => line < at)?.line;
  });
  expect(told.get(undefined), "an error before the first wrong app").toBeUndefined();
  expect(apps.length).toBeGreaterThanOrEqual(24);
  for (const { line, says } of apps) expect(told.get(line)?.join("\n") ?? "it compiles", lines[line]).toContain(says);
});

test("what types cannot see of a rule is refused when it is made, in one line that names the tool", () => {
  const scopes = defineScopes({ "a:read": { may: "a", risk: "a", offer: "always" } });
  const { tool, keepsNothing } = kitFor(scopes, defineBindings({ DB: d1() }));
  const capability = keepsNothing.reads("nothing", () => null);
  const words = { scope: "a:read", effect: "read", capability, output: "own", reaches: "nothing" } as const;
  const output = z.object({});
  const it = { title: "Look", description: "d", output, example: {}, run: () => ({}) };
  const strict = z.strictObject({});
  expect(() => tool(defineTool({ ...it, input: z.object({}) }), words)).toThrow(
    'the input of "Look" takes arguments that',
  );
  expect(() => tool(defineTool({ ...it, input: z.looseObject({}) }), words)).toThrow("use z.strictObject");
  const loose = defineTool({ ...it, input: strict, output: z.looseObject({}) });
  expect(() => tool(loose, words)).toThrow('the output of "Look" lets out fields that it does not name');
  const honest = defineTool({ ...it, input: strict });
  expect(tool(honest, words).scope).toBe("a:read");
  const silenced = { ...words, effect: "write", approval: "sometimes" };
  expect(() => Reflect.apply(tool, undefined, [honest, silenced])).toThrow('asks "sometimes", which is no approval');
});
