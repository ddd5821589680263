// What an app has, read off its files: names of rules, scopes, and the capabilities that a new rule can be handed. For commands
// that add to an app.

import { globSync } from "node:fs";
import type { App } from "../src/bridge/app/app.ts";
import { readTree } from "./changes.ts";
import { Failure } from "./command.ts";
import { declarationsOf, parseSource } from "./source.ts";
import { ROOT } from "./wrangler.ts";

export interface CapabilityOf {
  readonly name: string;
  readonly file: string;
  readonly kind: "read" | "write";
  /** The type of what a tool is handed, where the file names it. */
  readonly type: string | undefined;
}

/** The app as it stands. @throws with the cause, when its files cannot be read */
export async function loadApp(): Promise<App> {
  try {
    const { app } = await import("../src/app.ts");
    return app;
  } catch (error) {
    const cause = error instanceof Error ? error.message : error;
    throw new Failure(`src/app.ts and its policy cannot be read: ${cause}. Mend that first: npm run check`);
  }
}

/** Each `export const NAME = ….reads(…)` or `….writes(…)` of src/capabilities. */
export function capabilitiesOf(): readonly CapabilityOf[] {
  const files = globSync("src/capabilities/**/*.ts", { cwd: ROOT }).map((file) => file.replaceAll("\\", "/"));
  return files.toSorted().flatMap((file) =>
    declarationsOf(parseSource(file, readTree(file))).flatMap(({ id, init }): readonly CapabilityOf[] => {
      if (id.type !== "Identifier" || init?.type !== "CallExpression") return [];
      const { callee, arguments: args } = init;
      const made = callee.type === "MemberExpression" && callee.property.type === "Identifier" && callee.property.name;
      if (made !== "reads" && made !== "writes") return [];
      const maker = args[1];
      const typed = maker?.type === "ArrowFunctionExpression" ? maker.returnType?.typeAnnotation : undefined;
      const type =
        typed?.type === "TSTypeReference" && typed.typeName.type === "Identifier" ? typed.typeName.name : undefined;
      return [{ name: id.name, file, kind: made === "reads" ? "read" : "write", type }];
    }),
  );
}
