// Arguments repeated in headers (2026-07-28): what a tool's schema may ask for, and what counts as the same.

import { expect, test } from "vitest";
import * as z from "zod";
import { parameterMismatch } from "../../../src/bridge/mcp/mirrored.ts";
import { schemaOf } from "../../../src/bridge/schemas/schema.ts";

const named = (schema: z.ZodType, name: unknown) => schema.meta({ "x-mcp-header": name });

const input = z.strictObject({
  region: named(z.string(), "Region"),
  count: named(z.int(), "Count").optional(),
  sure: named(z.boolean(), "Sure").optional(),
  deep: z.object({ at: named(z.string(), "At").optional() }).optional(),
});
const schema = schemaOf({ input, output: input }, "input");
const check = (args: unknown, headers: Record<string, string>) => parameterMismatch(new Headers(headers), args, schema);

test("an argument and its header agree as they are, encoded, and as numbers; what the body has not is not looked for", () => {
  const region = { region: "eu" };
  const headers = { "mcp-param-region": "eu" };
  const honest: readonly (readonly [unknown, Record<string, string>])[] = [
    [region, headers],
    [{ region: "Zürich, ..." }, { "mcp-param-region": `=?base64?${Buffer.from("Zürich, ...").toString("base64")}?=` }],
    [
      { ...region, count: 42 },
      { ...headers, "mcp-param-count": "42" },
    ],
    [
      { ...region, count: 42 },
      { ...headers, "mcp-param-count": "42.0" },
    ],
    [
      { ...region, sure: false },
      { ...headers, "mcp-param-sure": "false" },
    ],
    [
      { ...region, deep: { at: "x" } },
      { ...headers, "mcp-param-at": "x" },
    ],
    [region, { ...headers, "mcp-param-count": "7", "mcp-param-unknown": "x" }],
    [{ ...region, count: null }, headers],
    [{}, {}],
    [undefined, {}],
  ];
  for (const [args, given] of honest) expect([args, check(args, given)]).toEqual([args, undefined]);
  const wrong: readonly (readonly [unknown, Record<string, string>])[] = [
    [region, {}],
    [region, { "mcp-param-region": "EU" }],
    [region, { "mcp-param-region": "" }],
    [region, { "mcp-param-region": "=?base64?ZXU?=" }],
    [
      { ...region, count: 42 },
      { ...headers, "mcp-param-count": "0x2a" },
    ],
    [
      { ...region, count: 42 },
      { ...headers, "mcp-param-count": "43" },
    ],
    [
      { ...region, sure: true },
      { ...headers, "mcp-param-sure": "TRUE" },
    ],
    [
      { ...region, deep: { at: "x" } },
      { ...headers, "mcp-param-at": "y" },
    ],
  ];
  for (const [args, given] of wrong) expect([args, check(args, given)?.code]).toEqual([args, -32020]);
});

test("a header that the specification does not allow is not advertised, so that no client drops the tool", () => {
  const odd = z.strictObject({
    fine: named(z.string(), "Fine"),
    again: named(z.string(), "fINE"),
    spaced: named(z.string(), "a b"),
    empty: named(z.string(), ""),
    number: named(z.number(), "Number"),
    list: z.array(named(z.string(), "Listed")),
    either: z.union([named(z.string(), "Either"), z.int()]),
    whole: named(z.object({ inner: z.string() }), "Whole"),
    "x-mcp-header": z.string(),
  });
  const advertised = JSON.stringify(schemaOf({ input: odd, output: odd }, "input"));
  expect(advertised.match(/"x-mcp-header":"[^"]*"/g)).toEqual(['"x-mcp-header":"Fine"']);
  expect(advertised).toContain(
    '"required":["fine","again","spaced","empty","number","list","either","whole","x-mcp-header"]',
  );
  expect(JSON.stringify(schemaOf({ input: odd, output: odd }, "output"))).toContain('"fine":{"type":"string"');
});
