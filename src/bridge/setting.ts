// What a setting is: one record with its schema, its place, its words for the documents and what mends it. A room keeps the records
// that it reads in a fragment; settings.ts reads the fragments of everything that is in a bridge. Pure.

import * as z from "zod";

export interface Setting<Value = unknown> {
  /** Of the text that was set; undefined when nothing was. */
  readonly schema: z.ZodType<Value>;
  readonly where: "`[vars]`" | "secret" | "`npm start`";
  /** A cell of the table in docs/operations.md. */
  readonly is: string;
  /** What mends one that is missing or wrong, in words or as a command. */
  readonly fix: string;
}

type Records = Readonly<Record<string, Setting>>;
export type Values<R extends Records> = {
  readonly [Name in keyof R]: R[Name] extends Setting<infer Value> ? Value : never;
};

export interface Fragment<R extends Records = Records> {
  readonly settings: R;
  /** What is wrong with them together, by name; asked when each is fine alone. `plain`: the bridge is on http. */
  together?(values: Values<R>, plain: boolean): Readonly<Record<string, string>>;
}

export function fragment<R extends Records>(settings: R, together?: Fragment<R>["together"]): Fragment<R> {
  return together === undefined ? { settings } : { settings, together };
}

const MEND = "mend it in wrangler.toml under [vars], or delete it";

export function variable<Value>(schema: z.ZodType<Value>, is: string, fix = MEND): Setting<Value> {
  return { schema, where: "`[vars]`", is, fix };
}

export function secret<Value>(schema: z.ZodType<Value>, is: string, fix: string): Setting<Value> {
  return { schema, where: "secret", is, fix };
}

export const ON_OFF = z.enum(["on", "off"], 'is neither "on" nor "off"');

/** What an issue quotes of a setting, if it may be quoted: see `listOf`. */
export function quotedIn(issue: z.core.$ZodIssue): string | undefined {
  const value: unknown = issue.code === "custom" ? issue.params?.["entry"] : undefined;
  return typeof value === "string" ? JSON.stringify(value) : undefined;
}

/** A list whose every entry is read. Each that is not is named by its position: anyone who is told of it may be a stranger. */
export function listOf<One>(read: (entry: string) => One | undefined, words: string): z.ZodType<readonly One[]> {
  return WORDS.transform((entries, context) =>
    entries.flatMap((entry, index) => {
      const one = read(entry);
      if (one !== undefined) return one;
      const params = { entry: entry.slice(0, 64) };
      context.addIssue({ code: "custom", message: `${words} (entry ${index + 1})`, params });
      return [];
    }),
  );
}

export const WORDS = z
  .string()
  .default("")
  .transform((text): readonly string[] => text.split(/[\s,]+/).filter((word) => word !== ""));
