// What can be said of an app's rules without running them. Each finding is one line: what is wrong, and what mends it. Pure.

import type { App } from "../../../src/bridge/app/app.ts";
import { schemaOf } from "../../../src/bridge/schemas/schema.ts";

export function ruleFindings(app: Pick<App, "policy" | "scopes">): readonly string[] {
  const rules = Object.entries(app.policy);
  const unused = app.scopes.all.filter((scope) => !rules.some(([, rule]) => rule.scope === scope));
  return [
    ...unused.map((scope) => `no rule uses the scope ${scope}: name it in a rule, or take it out of the scopes`),
    ...rules.flatMap(([name, rule]) => {
      const found: string[] = [];
      const fits = rule.input.safeParse(rule.example);
      if (rule.example === undefined) found.push("has no example: write arguments that fit its input");
      else if (!fits.success) {
        const [issue] = fits.error.issues;
        found.push(`its example does not fit its input: ${[...(issue?.path ?? []), issue?.message].join(" ")}`);
      }
      if (rule.effect === "read" && rule.plan !== undefined)
        found.push(
          'reads, and its tool has a plan: what reads changes nothing, so say effect: "write", or drop the plan',
        );
      for (const io of ["input", "output"] as const) found.push(...schemaFindings(schemaOf(rule, io), io));
      return found.map((what) => `${name}: ${what}`);
    }),
  ];
}

/** What models' APIs would read otherwise than we check it. */
function schemaFindings(schema: object, io: string): readonly string[] {
  return found(schema).flatMap(([keyword, value]) => {
    if (keyword === "format") {
      return value === "date-time" ? [] : [`its ${io} advertises the format ${value}, which not every client knows`];
    }
    try {
      for (const flags of ["", "u"]) new RegExp(value, flags);
      return [];
    } catch {
      return [`its ${io} advertises the pattern ${value}, which not every client can read`];
    }
  });
}

/** Every pattern and format of a schema, not those that are names of properties or data. */
function found(schema: unknown, isSchema = true): readonly (readonly ["pattern" | "format", string])[] {
  if (Array.isArray(schema)) return schema.flatMap((item) => found(item));
  if (typeof schema !== "object" || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) => {
    if (isSchema && ["const", "enum", "default", "examples"].includes(key)) return [];
    if (isSchema && (key === "pattern" || key === "format")) return [[key, String(value)] as const];
    return found(value, !["properties", "$defs"].includes(key));
  });
}
