// A rule's input or output as JSON Schema 2020-12, in the part of it that models' APIs take. It may allow more than the rule's own
// schema, which is what is checked; it never allows less because of a dialect. Pure.

import * as z from "zod";
import type { Rule } from "../gate/rule.ts";
import { portablePattern } from "./portable-pattern.ts";

export type ObjectSchema = { type: "object" } & Record<string, unknown>;

const schemas = new WeakMap<object, ObjectSchema>();

/** The JSON Schema of a rule's input or output; made once. */
export function schemaOf<Host>(rule: Pick<Rule<Host>, "input" | "output">, io: "input" | "output"): ObjectSchema {
  const known = schemas.get(rule[io]);
  if (known !== undefined) return known;
  const flags = new Map<string, string>();
  const { $schema, ...made } = z.toJSONSchema(rule[io], {
    io,
    // One tool that cannot be said in JSON Schema must not lose all the others: it is checked here in any case.
    unrepresentable: "any",
    override: ({ zodSchema }) => {
      for (const { source, flags: own } of patternsOf(zodSchema)) flags.set(source, (flags.get(source) ?? "") + own);
    },
  });
  if (made.type !== undefined && made.type !== "object") throw new TypeError("a tool's input and output are objects");
  const place = { flags, names: new Set<string>(), mirrored: io === "input" };
  const schema = { $schema, ...portable(made, place), type: "object" } as const;
  schemas.set(rule[io], schema);
  return schema;
}

/** zod writes the source of a regular expression, and loses its flags. */
function patternsOf({ _zod: { def, bag } }: z.core.$ZodType): readonly RegExp[] {
  const checks = (def.checks ?? []).map((check) => check._zod.def);
  const found = [def, ...checks].map((each) => ("pattern" in each ? each.pattern : undefined));
  const more = bag["patterns"] instanceof Set ? [...bag["patterns"]] : [];
  return [...found, ...more].filter((each) => each instanceof RegExp);
}

type Schema = Readonly<Record<string, unknown>>;

interface Place {
  readonly flags: ReadonlyMap<string, string>;
  /** Of headers that are taken. */
  readonly names: Set<string>;
  /** Whether the specification allows `x-mcp-header` here: on what a chain of `properties` leads to. */
  readonly mirrored: boolean;
}

/** Members that are a schema, or a list of them; and those that are schemas by name. All others are data. */
const SCHEMAS: ReadonlySet<string> = new Set([
  ...["items", "prefixItems", "contains", "additionalProperties", "unevaluatedProperties", "unevaluatedItems"],
  ...["propertyNames", "contentSchema", "anyOf", "oneOf", "allOf", "not", "if", "then", "else"],
]);
const NAMED: ReadonlySet<string> = new Set(["properties", "$defs", "definitions", "dependentSchemas"]);
/** Where a part that allows more makes the whole allow less. */
const REVERSED: ReadonlySet<string> = new Set(["not", "if"]);

function portable(schema: Schema, place: Place): Record<string, unknown> {
  const members = Object.entries(schema).flatMap(([key, value]) => member(key, value, place, schema["type"]));
  const made = Object.fromEntries(members);
  // A name that no pattern says any more is allowed.
  if (Object.keys(within(schema["patternProperties"])).some((name) => !(name in within(made["patternProperties"])))) {
    delete made["additionalProperties"];
    delete made["unevaluatedProperties"];
  }
  return made;
}

function member(key: string, value: unknown, place: Place, type: unknown): [string, unknown][] {
  const { flags } = place;
  const inner = { ...place, mirrored: false };
  if (key === "$schema") return [];
  if (key === "x-mcp-header") return isHeader(value, place, type) ? [[key, value]] : [];
  if (key === "format") return value === "date-time" ? [[key, value]] : [];
  if (key === "pattern") {
    const pattern = typeof value === "string" ? portablePattern(value, flags.get(value)) : undefined;
    return pattern === undefined ? [] : [[key, pattern]];
  }
  if (key === "patternProperties") {
    const kept = Object.entries(within(value)).filter(([name]) => portablePattern(name, flags.get(name)) === name);
    return [[key, each(Object.fromEntries(kept), inner)]];
  }
  if (NAMED.has(key)) return [[key, each(within(value), key === "properties" ? place : inner)]];
  if (!SCHEMAS.has(key)) return [[key, value]];
  const made = Array.isArray(value) ? value.map((item) => nested(item, inner)) : nested(value, inner);
  const same = JSON.stringify(made) === JSON.stringify(value);
  if (REVERSED.has(key) && !same) return [];
  return [[key === "oneOf" && !same ? "anyOf" : key, made]];
}

/** One that the specification does not allow makes clients drop the tool, so it is not advertised (2026-07-28, `x-mcp-header`). */
function isHeader(name: unknown, { names, mirrored }: Place, type: unknown): boolean {
  const typed = type === "string" || type === "integer" || type === "boolean";
  if (!mirrored || !typed || typeof name !== "string" || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return false;
  const taken = names.has(name.toLowerCase());
  names.add(name.toLowerCase());
  return !taken;
}

function each(schemasByName: Schema, place: Place): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemasByName).map(([name, schema]) => [name, nested(schema, place)]));
}

function nested(value: unknown, place: Place): unknown {
  return isSchema(value) ? portable(value, place) : value;
}

function within(value: unknown): Schema {
  return isSchema(value) ? value : {};
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
