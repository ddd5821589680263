// What tools/list advertises is read alike by every dialect that models' APIs and clients use, for any schema an adopter writes, and
// allows whatever the schema itself allows.

import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { RE2JS } from "re2js";
import { expect, test } from "vitest";
import * as z from "zod";
import { portablePattern } from "../../../src/bridge/schemas/portable-pattern.ts";
import { schemaOf } from "../../../src/bridge/schemas/schema.ts";
import { policy } from "../fixture/policy.ts";

const SUBJECTS = [
  ...[
    "",
    "a",
    "A",
    "abc",
    "a b",
    "Shopping",
    "groß",
    "é",
    "\u00a0",
    "٣",
    "3",
    "2024-02-29",
    "😀",
    "a😀b",
    "漢字",
    "\n",
  ],
  ...[
    "a\nb",
    "a\u2028b",
    "\u0000",
    "-",
    "]",
    "^",
    "x@example.com",
    "-12.5",
    "K",
    "_",
    "\ufeff",
    "aaaaaaaaaa",
    "\u200b",
  ],
];

type Member = Readonly<Record<string, unknown>>;

/** Every pattern and format in a schema, never those that are names of properties or data. */
function found(schema: unknown, keyword: string, isSchema = true): readonly unknown[] {
  if (Array.isArray(schema)) return schema.flatMap((item) => found(item, keyword));
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema as Member).flatMap(([key, value]) => {
    if (isSchema && ["const", "enum", "default", "examples"].includes(key)) return [];
    if (isSchema && key === "patternProperties" && keyword === "pattern") return Object.keys(value as Member);
    if (isSchema && key === keyword) return [value];
    return found(value, keyword, !["properties", "$defs"].includes(key));
  });
}

const advertised = (input: z.ZodType) => schemaOf({ input: z.strictObject({ it: input }), output: input }, "input");
const patternsOf = (schema: unknown) => found(schema, "pattern").map(String);

/** What JavaScript says of each subject; @throws where a dialect cannot read the pattern, or reads it otherwise. */
function readAlike(pattern: string): readonly boolean[] {
  const said = SUBJECTS.map((subject) => new RegExp(pattern).test(subject));
  expect([pattern, SUBJECTS.map((subject) => new RegExp(pattern, "u").test(subject))]).toEqual([pattern, said]);
  const re2 = RE2JS.compile(pattern);
  expect([pattern, SUBJECTS.map((subject) => re2.matcher(subject).find())]).toEqual([pattern, said]);
  return said;
}

/** A line end at the very end is the one thing that Python's `$` passes over. */
const PYTHON = `import json, re, sys, warnings
warnings.simplefilter("error")
patterns, subjects = json.load(sys.stdin)
print(json.dumps([[re.search(p, s) is not None for s in subjects] for p in patterns]))`;

const python = spawnSync("python3", ["-c", "print(1)"]).status === 0;

const ANY_ADOPTERS = {
  email: z.email(),
  htmlEmail: z.email({ pattern: z.regexes.html5Email }),
  unicodeEmail: z.email({ pattern: z.regexes.unicodeEmail }),
  url: z.url(),
  http: z.httpUrl(),
  uuid: z.uuid(),
  guid: z.guid(),
  datetime: z.iso.datetime(),
  offset: z.iso.datetime({ offset: true, precision: 3 }),
  date: z.iso.date(),
  time: z.iso.time(),
  duration: z.iso.duration(),
  base64: z.base64(),
  jwt: z.jwt(),
  ipv6: z.ipv6(),
  cidr: z.cidrv6(),
  emoji: z.emoji(),
  hostname: z.hostname(),
  e164: z.e164(),
  starts: z.string().startsWith("a.b").endsWith("-]").includes("{"),
  case: z
    .string()
    .lowercase()
    .regex(/^[a-z]+$/),
  template: z.templateLiteral(["v", z.number(), ".", z.email()]),
  noControls: z.string().regex(/^[^\p{Cc}]*$/u),
  letters: z.string().regex(/^\p{L}+$/u),
  named: z.string().regex(/^(?<year>\d{4})-(?<month>\d\d)$/),
  back: z.string().regex(/^(?<q>["']).*\k<q>$/),
  lookahead: z.string().regex(/^(?=.*\d)(?!.*\s)[\w-]{1,64}$/),
  behind: z.string().regex(/(?<!a)b/),
  insensitive: z.string().regex(/^abc$/i),
  lines: z.string().regex(/^b$/m),
  dotAll: z.string().regex(/^a.b$/s),
  sets: z.string().regex(/^[\p{L}--[a-z]]+$/v),
  escapes: z.string().regex(/^[\w\-\][&~|^]+_-\/\u00e9\x41\cA?$/),
  many: z.string().regex(/^(?:a{500}){3}$/),
  counted: z.string().regex(/^.{1,3}$/u),
  keys: z.record(z.string().regex(/^\p{Lu}/u), z.number()),
  loose: z.looseRecord(z.string().regex(/^\p{Lu}/u), z.number()),
  either: z.xor([z.string().regex(/^\p{Lu}/u), z.string().regex(/^\d/)]),
  described: z.string().meta({ format: "uuid", pattern: "^\\p{L}$", $schema: "x" }),
  nested: z.array(z.object({ pattern: z.uuid(), format: z.email() })).optional(),
  when: z.coerce.date(),
  big: z.bigint(),
} as const;

test("what the policy advertises is a portable subset, and says which JSON Schema it is in", () => {
  for (const rule of Object.values(policy)) {
    for (const io of ["input", "output"] as const) {
      const schema = schemaOf(rule, io);
      expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
      for (const pattern of patternsOf(schema)) readAlike(pattern);
      expect(found(schema, "format").filter((format) => format !== "date-time")).toEqual([]);
    }
  }
});

test("whatever an adopter's schema says is advertised in patterns that JavaScript, with and without u, and RE2 read alike", () => {
  for (const [name, input] of Object.entries(ANY_ADOPTERS)) {
    const schema = advertised(input);
    for (const pattern of patternsOf(schema)) readAlike(pattern);
    expect([name, found(schema, "format").filter((format) => format !== "date-time")]).toEqual([name, []]);
    expect(found(schema, "$schema")).toHaveLength(1);
  }
  expect(patternsOf(advertised(ANY_ADOPTERS.uuid))).toHaveLength(1);
  expect(patternsOf(advertised(ANY_ADOPTERS.named))).toEqual(["^(?:[0-9]{4})-(?:[0-9][0-9])$"]);
  expect(patternsOf(advertised(ANY_ADOPTERS.noControls))).toEqual([]);
  expect(found(advertised(ANY_ADOPTERS.datetime), "format")).toEqual(["date-time"]);
  expect(JSON.stringify(advertised(ANY_ADOPTERS.nested))).toContain('"required":["pattern","format"]');
});

test.skipIf(!python)("Python's re reads them alike too", () => {
  const patterns = [...new Set(Object.values(ANY_ADOPTERS).flatMap((input) => patternsOf(advertised(input))))];
  expect(patterns.length).toBeGreaterThan(20);
  const subjects = SUBJECTS.filter((subject) => !subject.endsWith("\n"));
  const { stdout, stderr } = spawnSync("python3", ["-c", PYTHON], { input: JSON.stringify([patterns, subjects]) });
  expect(stderr.toString()).toBe("");
  const said = patterns.map((pattern) => subjects.map((subject) => new RegExp(pattern, "u").test(subject)));
  expect(JSON.parse(stdout.toString())).toEqual(said);
});

test("a pattern is never stricter than the one it stands for, with its flags", async () => {
  const atoms = [
    "a",
    "b",
    "é",
    "😀",
    ".",
    "\\d",
    "\\s",
    "\\S",
    "\\W",
    "[^a]",
    "[\\s-]",
    "[^\\Da]",
    "(a|B)",
    "(?=a)",
    "(?<n>.|3)",
  ];
  const atom = fc.constantFrom(
    ...atoms,
    "(?:[^x]|\\b|-)",
    "\\b",
    "^",
    "$",
    "|",
    "\\p{L}",
    "[a-z]",
    "\\u00e9",
    "\\-",
    "(?<!a)",
    "]",
  );
  const times = fc.constantFrom("", "", "", "*", "+", "?", "{1,2}", "+?", "{2}", "{0,3}");
  const sources = fc.array(fc.tuple(atom, times), { maxLength: 6 }).map((all) => all.flat().join(""));
  let portable = 0;
  await fc.assert(
    fc.property(sources, fc.constantFrom("", "u", "m", "s", "i", "su", "v"), (source, flags) => {
      const honest = compiled(source, flags);
      const pattern = honest === undefined ? undefined : portablePattern(source, flags);
      if (honest === undefined || pattern === undefined) return;
      portable += 1;
      const said = readAlike(pattern);
      for (const [at, subject] of SUBJECTS.entries()) {
        if (honest.test(subject))
          expect([source, flags, pattern, subject, said[at]]).toEqual([source, flags, pattern, subject, true]);
      }
      expect(portablePattern(pattern)).toBe(pattern);
    }),
    { numRuns: 5_000, seed: 1 },
  );
  expect(portable).toBeGreaterThan(500);
});

function compiled(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}
