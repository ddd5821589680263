// Reads a recipe (test/bridge/recipes/NAME) as additions to an app. A recipe is laid out like src and is an app of its own, so what
// an adopter receives is what was compiled and tested: files are copied with their imports led to where they now lie, and the
// properties of its objects are added to the app's, as they are written.

import { globSync, readFileSync } from "node:fs";
import { basename, join, posix } from "node:path";
import type { Recipe } from "../test/bridge/recipes/recipe.ts";
import type { Changes } from "./changes.ts";
import { Failure } from "./command.ts";
import {
  appended,
  declarationsOf,
  imported,
  importsIn,
  inserted,
  objectOf,
  parseSource,
  propertiesOf,
  type Source,
} from "./source.ts";
import { ROOT } from "./wrangler.ts";

const RECIPES = "test/bridge/recipes";

/** Where what a recipe's folder holds goes in an app. */
const COPIED = { "tools/": "src/tools/", "capabilities/": "src/capabilities/", "tests/": "test/app/" } as const;
/** The files whose object gains properties, and what the object is called. */
const MERGED = { "scopes.ts": "scopes", "bindings.ts": "bindings", "policy.ts": "policy" } as const;

export interface Additions {
  /** They must not be there yet. */
  readonly created: Changes;
  readonly edited: Changes;
  readonly recipe: Recipe;
}

export function recipeNames(folder = RECIPES): readonly string[] {
  return globSync("*/recipe.ts", { cwd: join(ROOT, folder) })
    .map((file) => file.split(/[\\/]/)[0] ?? "")
    .toSorted();
}

export async function readRecipe(name: string, folder = RECIPES): Promise<Recipe> {
  const { recipe } = await import(join(ROOT, folder, name, "recipe.ts"));
  return recipe;
}

/** @param read the app's files as they are @throws naming what of the recipe the app has already, otherwise */
export async function additionsOf(name: string, read: (file: string) => string, folder = RECIPES): Promise<Additions> {
  const recipe = await readRecipe(name, folder);
  const root = posix.join(folder, name);
  const files = globSync("**/*.{ts,sql}", { cwd: join(ROOT, root) }).map((file) => file.replaceAll("\\", "/"));
  const own = (file: string) => parseSource(posix.join(root, file), readFileSync(join(ROOT, root, file), "utf8"));

  const created = files.toSorted().flatMap((file): readonly (readonly [string, string])[] => {
    const to = destinationOf(file);
    if (file.startsWith("migrations/")) return [[nextMigration(file), readFileSync(join(ROOT, root, file), "utf8")]];
    return to === undefined || file in MERGED || file === "app.ts" ? [] : [[to, led(own(file), root, to)]];
  });
  const merged = Object.entries(MERGED).map(([file, object]) => {
    const target = parseSource(`src/${file}`, read(`src/${file}`));
    return [target.file, merge(target, own(file), object, root)] as const;
  });
  const app = withStores(parseSource("src/app.ts", read("src/app.ts")), own("app.ts"), root);
  const toml = withVars(read("wrangler.toml"), recipe);
  const sources = created.flatMap(([file, text]) => (file.endsWith(".ts") ? [text] : []));
  const kit = withKit(Object.fromEntries(merged)["src/bindings.ts"] ?? "", sources);
  const edited = { ...Object.fromEntries(merged), "src/bindings.ts": kit, "src/app.ts": app, "wrangler.toml": toml };
  const changed = Object.entries(edited).filter(([file, text]) => text !== read(file));
  return { created: Object.fromEntries(created), edited: Object.fromEntries(changed), recipe };
}

function destinationOf(file: string): string | undefined {
  const copied = Object.entries(COPIED).find(([from]) => file.startsWith(from));
  if (copied !== undefined) return copied[1] + file.slice(copied[0].length);
  return file in MERGED || file === "app.ts" ? `src/${file}` : undefined;
}

/** The number after the last one that the app has. */
function nextMigration(file: string): string {
  const numbers = globSync("migrations/*.sql", { cwd: ROOT }).map((one) => Number.parseInt(basename(one), 10));
  const number = String(Math.max(0, ...numbers) + 1).padStart(4, "0");
  return `migrations/${basename(file).replace(/^\d+/, number)}`;
}

/** Where a module that a recipe's file names lies, seen from a file of the app. */
function leading(specifier: string, from: string, root: string, to: string): string {
  if (!specifier.startsWith(".")) return specifier;
  const target = posix.join(posix.dirname(from), specifier);
  const inRecipe = target.startsWith(`${root}/`) ? target.slice(root.length + 1) : undefined;
  const path = posix.relative(posix.dirname(to), inRecipe === undefined ? target : (destinationOf(inRecipe) ?? target));
  return path.startsWith(".") ? path : `./${path}`;
}

/** A file of the recipe with every import led to where it lies for the app. */
function led(source: Source, root: string, to: string): string {
  return importsIn(source)
    .toReversed()
    .reduce((text, { source: { value, start, end } }) => {
      return `${text.slice(0, start)}"${leading(value, source.file, root, to)}"${text.slice(end)}`;
    }, source.text);
}

/** What the app's object does not have yet, with the imports that it needs. */
function merge(target: Source, from: Source, object: string, root: string): string {
  const there = propertiesOf(target, objectOf(target, object));
  const added = propertiesOf(from, objectOf(from, object)).filter(({ name, code }) => {
    const same = there.find((one) => one.name === name);
    // Two rules of one name are never alike; a binding or a scope may be shared.
    if (same !== undefined && (object === "policy" || same.code !== code)) {
      throw new Failure(`${target.file} has ${name} already, and it is another.`);
    }
    return same === undefined;
  });
  const lines = importsFor(target, from, added.map(({ code }) => code).join("\n"), root);
  const into = appended(
    target,
    objectOf(target, object),
    added.map(({ written }) => written),
  );
  return inserted(target, [...imported(target, lines), ...into]);
}

/** Import lines for the names that stand in `code`, as far as the target does not have them. */
function importsFor(target: Source, from: Source, code: string, root: string): readonly string[] {
  const there = importsIn(target).flatMap(({ specifiers, source }) =>
    specifiers.map(({ local }) => ({ name: local.name, from: source.value })),
  );
  return importsIn(from).flatMap(({ specifiers, source }) =>
    specifiers.flatMap((one) => {
      const module = leading(source.value, from.file, root, target.file);
      const name = one.local.name;
      if (!new RegExp(`\\b${name}\\b`).test(code)) return [];
      const same = there.find((other) => other.name === name);
      if (same?.from === module) return [];
      if (same !== undefined) {
        throw new Failure(`${target.file} imports another ${name}, from ${same.from}.`);
      }
      return [
        one.type === "ImportSpecifier"
          ? `import { ${name} } from "${module}";`
          : `import * as ${name} from "${module}";`,
      ];
    }),
  );
}

/** The recipe's stores, at the end of the app's `data`: without them an erasure would leave something behind. */
function withStores(target: Source, from: Source, root: string): string {
  const list = dataOf(target);
  const there = list.elements.map((one) => (one?.type === "Identifier" ? one.name : ""));
  const names = dataOf(from).elements.flatMap((one) => (one?.type === "Identifier" ? [one.name] : []));
  const missing = names.filter((name) => !there.includes(name));
  const lines = importsFor(target, from, missing.join("\n"), root);
  return inserted(target, [
    ...imported(target, lines),
    ...appended(
      target,
      list,
      missing.map((name) => `${name},`),
    ),
  ]);
}

function dataOf(source: Source) {
  const data = objectOf(source, "app").properties.find(
    (one) => one.type === "Property" && one.key.type === "Identifier" && one.key.name === "data",
  );
  if (data?.type === "Property" && data.value.type === "ArrayExpression") return data.value;
  throw new Failure(`${source.file} cannot be read: its app has no \`data\` with a list written out`);
}

/** Words of the kit that the copied files use, and the app has not taken out of it yet. */
function withKit(text: string, copied: readonly string[]): string {
  const source = parseSource("src/bindings.ts", text);
  const kit = declarationsOf(source).find(({ id }) => id.type === "ObjectPattern")?.id;
  if (kit?.type !== "ObjectPattern") {
    throw new Failure("src/bindings.ts cannot be read: it takes no `{ tool, store, keepsNothing }` out of kitFor");
  }
  const there = kit.properties.flatMap((one) =>
    one.type === "Property" && one.value.type === "Identifier" ? [one.value.name] : [],
  );
  const used = copied
    .flatMap((file) => importsIn(parseSource("copied.ts", file)))
    .filter(({ source: { value } }) => value.endsWith("/bindings.ts"))
    .flatMap(({ specifiers }) => specifiers.map(({ local }) => local.name));
  const missing = [...new Set(used)].filter((name) => !there.includes(name));
  return inserted(
    source,
    appended(
      source,
      kit,
      missing.map((name) => `${name},`),
    ),
  );
}

/** Under `[vars]`: at its beginning, for what follows it may be comments. */
function withVars(toml: string, { vars }: Recipe): string {
  const missing = vars.filter(({ name }) => !new RegExp(`^\\s*${name}\\s*=`, "m").test(toml));
  const lines = missing.map(({ name, value, replace }) => `${name} = ${JSON.stringify(value)} # Replace: ${replace}`);
  if (lines.length === 0) return toml;
  const all = toml.split("\n");
  const at = all.findIndex((line) => /^\[vars\]\s*(#.*)?$/.test(line));
  return at === -1
    ? `${toml.trimEnd()}\n\n[vars]\n${lines.join("\n")}\n`
    : all.toSpliced(at + 1, 0, ...lines).join("\n");
}
