// `npm run new:tool -- NAME`: writes a tool, its rule and its test, and says which lines to fill in.

import { basename } from "node:path";
import { parseSync } from "oxc-parser";
import type { App } from "../src/bridge/app/app.ts";
import { type CapabilityOf, capabilitiesOf, loadApp } from "./app-shape.ts";
import { applyChanges, checkNoneExists, checkTreeIsClean, linesToReplace, readTree } from "./changes.ts";
import { Failure, readCommand } from "./command.ts";
import { appended, imported, inserted, namesIn, objectOf, parseSource, propertiesOf } from "./source.ts";

const POLICY = "src/policy.ts";

interface Names {
  /** As models call it. */
  readonly rule: string;
  readonly file: string;
  /** The constant. */
  readonly export: string;
  readonly title: string;
}

const { values, words } = readCommand({
  name: "npm run new:tool",
  does: `Writes a tool, its rule and its test, and says which lines to fill in. Without options it may do the least there is:
profile:read, with the profile. Where it refuses, nothing is changed.`,
  words: ["NAME"],
  options: {
    scope: { type: "string", takes: "SCOPE", is: "a scope of src/scopes.ts that its rule asks for" },
    capability: { type: "string", takes: "NAME", is: "a capability of src/capabilities that it is handed" },
  },
  example: "npm run new:tool -- count-words --scope notes:read --capability notesReader",
});
const names = namesOf(words[0] ?? "");
checkTreeIsClean();
const app = await loadApp();
const scope = scopeOf(values.scope, app);
const capability = capabilityOf(values.capability);

const tool = `src/tools/${names.file}.ts`;
const test = `test/app/${names.file}.test.ts`;
checkNoneExists([tool, test]);
applyChanges({
  [tool]: toolFile(names, capability),
  [POLICY]: policyWith(names, scope, capability, app),
  [test]: testFile(names, capability),
});
const ruleLine =
  readTree(POLICY)
    .split("\n")
    .findIndex((line) => line.includes(`${names.rule}: tool(`)) + 1;
console.log(`Wrote the tool ${names.rule}. Fill in:

${linesToReplace([tool, test]).join("\n")}
  ${POLICY}:${ruleLine}  what it does to the world, and whom it reaches

Then: npm run generate && npm run check, and look at the diff of POLICY.md.`);

function namesOf(name: string): Names {
  // A tool's name in MCP has 64 characters in the clients that take fewest.
  if (name.length > 64 || !/^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/.test(name)) {
    throw new Failure(
      `"${name}" is no name of a tool: write up to 64 lower-case letters and digits, as in read-order.`,
    );
  }
  const [first = "", ...rest] = name.split(/[-_]/);
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const constant = first + rest.map(capital).join("");
  if (parseSync("name.ts", `export const ${constant} = 1;`).errors.length > 0) {
    throw new Failure(`"${name}" is a word of JavaScript: say what it does to what, as in delete-note.`);
  }
  const words = [first, ...rest];
  return { rule: words.join("_"), file: words.join("-"), export: constant, title: [capital(first), ...rest].join(" ") };
}

function scopeOf(asked: string | undefined, { scopes }: App): string {
  const scope = asked ?? "profile:read";
  if (scopes.all.includes(scope)) return scope;
  throw new Failure(`This app has no scope ${scope}: say --scope with one of ${scopes.all.join(", ")}.`);
}

function capabilityOf(asked: string | undefined): CapabilityOf {
  const known = capabilitiesOf();
  const name = asked ?? "profileReader";
  const found = known.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = known.map((one) => one.name).join(", ");
  throw new Failure(`This app has no capability ${name}: say --capability with one of ${names}.`);
}

function toolFile(names: Names, { type, file }: CapabilityOf): string {
  const typed = type === undefined ? "" : `import type { ${type} } from "../capabilities/${basename(file)}";`;
  const handed = type === undefined ? "" : `, _handed: ${type}`;
  return `// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool } from "../bridge/index.ts";
${typed}

export const ${names.export} = defineTool({
  title: "${names.title}",
  description: "Returns the text that it is given.", // Replace: for the model, what the tool does and nothing else
  input: z.strictObject({ text: z.string().max(200) }), // Replace: its arguments; what is not named here is refused
  output: z.object({ text: z.string() }), // Replace: its result; what is not named here never leaves
  example: { text: "hello" }, // Replace: arguments that make sense
  // Replace: what it does, with what it is handed; ToolError has words for the caller
  run: ({ text }${handed}) => ({ text }),
});
`;
}

/** A capability that no rule uses yet is taken for the riskier kind. */
function policyWith(names: Names, scope: string, { name, file, kind }: CapabilityOf, { policy }: App): string {
  const source = parseSource(POLICY, readTree(POLICY));
  const rules = objectOf(source, "policy");
  if (propertiesOf(source, rules).some((one) => one.name === names.rule) || Object.hasOwn(policy, names.rule)) {
    throw new Failure(`The policy has a rule ${names.rule} already.`);
  }
  const taken = namesIn(source);
  if (taken.includes(names.export)) throw new Failure(`${POLICY} has something called ${names.export} already.`);
  const alike = Object.values(policy).find(({ uses }) => uses?.name === name);
  const output = alike !== undefined && !alike.untrusted ? "own" : "untrusted";
  const effect = kind === "read" ? `effect: "read"` : `effect: "write", approval: "each-call"`;
  const words = `scope: "${scope}", ${effect}, capability: ${name}, output: "${output}", reaches: "${alike?.reaches ?? "outside"}"`;
  const imports = [
    `import { ${names.export} } from "./tools/${names.file}.ts";`,
    ...(taken.includes("tool") ? [] : [`import { tool } from "./bindings.ts";`]),
    ...(taken.includes(name) ? [] : [`import { ${name} } from "./capabilities/${basename(file)}";`]),
  ];
  const added = `${names.rule}: tool(${names.export}, { ${words} }),`;
  return inserted(source, [...imported(source, imports), ...appended(source, rules, [added])]);
}

function testFile(names: Names, { type, file }: CapabilityOf): string {
  const typed = type === undefined ? "" : `import type { ${type} } from "../../src/capabilities/${basename(file)}";`;
  const handed =
    type === undefined
      ? "const handed = undefined;"
      : `const handed = {} as ${type}; // Replace: answers of the test's own`;
  return `// Yours: what ${names.rule} does, handed a capability of the test's own.

import { expect, test } from "vitest";
${typed}
import { ${names.export} } from "../../src/tools/${names.file}.ts";

${handed}

// Replace: what it does
test("${names.rule} returns the text that it is given", async () => {
  const { run, example } = ${names.export};
  const result = await run(example, handed, AbortSignal.timeout(5_000));
  expect(result).toEqual({ text: "hello" }); // Replace: what it returns
});
`;
}
