// `npm run new:tool` and `npm run add`, in a copy of this tree: what they write, and that a denial changes nothing.

import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commitAll, copyTree, touchedIn } from "../../scripts/copied-tree.ts";
import { additionsOf } from "../../scripts/recipes.ts";

let tree = "";
const undos: (() => void | Promise<void>)[] = [];
beforeAll(() => {
  tree = copyTree((undo) => undos.push(undo));
});
afterAll(async () => {
  for (const undo of undos) await undo();
});

function run(script: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`scripts/${script}.ts`, ...args], {
    cwd: tree,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}
const read = (file: string) => readFileSync(join(tree, file), "utf8");
function restored(): void {
  for (const args of [
    ["checkout", "--quiet", "."],
    ["clean", "--quiet", "--force", "-d"],
  ]) {
    spawnSync("git", args, { cwd: tree });
  }
}
function refused(words: RegExp, script: string, ...args: readonly string[]): void {
  const before = touchedIn(tree);
  const { status, stdout, stderr } = run(script, ...args);
  expect([1, 2]).toContain(status);
  expect([stdout, stderr]).toEqual(["", expect.stringMatching(words)]);
  expect(touchedIn(tree)).toEqual(before);
}

test("new:tool writes a tool, its rule and its test, keeps what is there, and says which lines to fill in", () => {
  const policy = read("src/policy.ts");
  writeFileSync(join(tree, "src/policy.ts"), policy.replace(/\n\};\n$/, " // the last one\n  // and no more\n};\n"));
  commitAll(tree);
  const { status, stdout } = run("new-tool", "count-words");
  expect(status).toBe(0);
  const written = ["src/tools/count-words.ts", "test/app/count-words.test.ts"];
  expect(touchedIn(tree).toSorted()).toEqual([...written, "POLICY.md", "README.md", "src/policy.ts"].toSorted());
  expect(read("src/policy.ts")).toMatch(
    / \/\/ the last one\n {2}\/\/ and no more\n {2}count_words: tool\(countWords, \{\n/,
  );
  expect(read("src/policy.ts")).toContain('import { countWords } from "./tools/count-words.ts";');
  for (const file of written) {
    const lines = read(file).split("\n");
    const marked = lines.flatMap((line, index) => (line.includes("// Replace: ") ? [`${file}:${index + 1} `] : []));
    expect(marked.length).toBeGreaterThan(1);
    for (const place of marked) expect(stdout).toContain(place);
  }
  restored();
});

test("new:tool binds the scope and the capability that it is told to, and one that writes asks each time", () => {
  const { status } = run("new-tool", "tidy_notes", "--scope", "notes:write", "--capability", "notesReplacer");
  expect(status).toBe(0);
  const [, rule = ""] = /tidy_notes: tool\(tidyNotes, \{([^}]*)\}/.exec(read("src/policy.ts")) ?? [];
  expect(rule.replace(/\s+/g, " ")).toBe(
    ' scope: "notes:write", effect: "write", approval: "each-call", capability: notesReplacer, output: "own", reaches: "nothing", ',
  );
  expect(read("src/tools/tidy-notes.ts")).toContain("_handed: NotesReplacer");
  restored();
});

test("new:tool refuses names that are none or are taken, unknown scopes and capabilities, and changes nothing", () => {
  for (const name of ["Read", "9lives", "a--b", "../x", "read note", "_x", "x".repeat(65)]) {
    refused(/is no name of a tool/, "new-tool", name);
  }
  refused(/is a word of JavaScript/, "new-tool", "delete");
  refused(/^It needs NAME: see npm run new:tool -- --help\n$/, "new-tool");
  refused(/src\/tools\/read-note\.ts is there already/, "new-tool", "read_note");
  refused(/src\/policy\.ts has something called policy already/, "new-tool", "policy");
  refused(
    /no scope notes:all: say --scope with one of profile:read, notes:read/,
    "new-tool",
    "x",
    "--scope",
    "notes:all",
  );
  refused(/no capability all: say --capability with one of notesReader,/, "new-tool", "x", "--capability", "all");
});

test("neither command starts on a dirty tree or on a policy that cannot be read", () => {
  writeFileSync(join(tree, "remark.txt"), "mine\n");
  refused(/not committed \(\?\? remark\.txt\): commit or remove them/, "new-tool", "count-words");
  refused(/not committed \(\?\? remark\.txt\): commit or remove them/, "add", "internal-api");
  rmSync(join(tree, "remark.txt"));

  const policy = read("src/policy.ts");
  const written = "export const policy = {";
  const elsewhere = `${policy.replace(written, "const rules = {")}export const policy = rules;\n`;
  for (const broken of [elsewhere, policy.replace(written, `${written}{`)]) {
    writeFileSync(join(tree, "src/policy.ts"), broken);
    commitAll(tree);
    refused(/cannot be (read|parsed)/, "new-tool", "count-words");
    refused(/cannot be (read|parsed)/, "add", "internal-api");
  }
  writeFileSync(join(tree, "src/policy.ts"), policy);
  commitAll(tree);
});

test("new:tool refuses a rule's name that another file's tool has, and takes back what it wrote when it cannot finish", () => {
  const policy = read("src/policy.ts");
  writeFileSync(join(tree, "src/policy.ts"), policy.replace("read_note: tool(readNote", "count_words: tool(readNote"));
  commitAll(tree);
  refused(/The policy has a rule count_words already/, "new-tool", "count-words");
  writeFileSync(join(tree, "src/policy.ts"), policy);
  const generate = read("scripts/generate.ts");
  writeFileSync(join(tree, "scripts/generate.ts"), "throw new Error('no generator today');\n");
  commitAll(tree);
  refused(/no generator today/, "new-tool", "count-words");
  refused(/no generator today/, "add", "internal-api");
  writeFileSync(join(tree, "scripts/generate.ts"), generate);
  commitAll(tree);
});

test("add alone lists the recipes; one that is unknown, or that the app has already, is refused", () => {
  expect(run("add").stdout).toMatch(/^ {2}fetch-page {2}.+\n {2}internal-api {2}.+\n$/);
  refused(/There is no recipe "nothing"\. There are: fetch-page, internal-api\./, "add", "nothing");
  appendFileSync(join(tree, "src/bindings.ts"), "\nexport const ORDERS = 1;\n");
  const scopes = read("src/scopes.ts");
  writeFileSync(
    join(tree, "src/scopes.ts"),
    scopes.replace(/\}\);\n$/, '  "orders:read": { may: "x", risk: "y", offer: "asked" },\n});\n'),
  );
  commitAll(tree);
  refused(/src\/scopes\.ts has orders:read already, and it is another/, "add", "internal-api");
  writeFileSync(join(tree, "src/scopes.ts"), scopes);
  commitAll(tree);

  expect(run("add", "internal-api").status).toBe(0);
  commitAll(tree);
  refused(/src\/policy\.ts has read_order already|is there already/, "add", "internal-api");
});

test("a recipe that keeps something brings its store and its table, after what the app has", async () => {
  const { created, edited } = await additionsOf("tickets", read, "test/bridge/adopted");
  expect(Object.keys(created)).toContain("migrations/0007_tickets.sql");
  expect(edited["src/app.ts"]?.replace(/\s+/g, "")).toContain("data:[notes,tickets,],");
  expect(edited["src/app.ts"]).toContain('import { tickets } from "./capabilities/tickets.ts";');
});
