// `npm run add -- NAME`: copies a recipe into this app, and says what is left to do. Without a name: what recipes there are.

import { applyChanges, checkNoneExists, checkTreeIsClean, linesToReplace, readTree } from "./changes.ts";
import { Failure, readCommand } from "./command.ts";
import { additionsOf, readRecipe, recipeNames } from "./recipes.ts";

const { words } = readCommand({
  name: "npm run add",
  does: `Copies a recipe into this app: files, rules, scopes and settings. Says what is left to do. Commits nothing.
Without a name it lists the recipes. Where it refuses, nothing is changed.`,
  words: ["[NAME]"],
  example: "npm run add -- fetch-page",
});
const [given] = words;
if (given === undefined) {
  for (const name of recipeNames()) console.log(`  ${name}  ${(await readRecipe(name)).says}`);
} else await add(given);

async function add(given: string): Promise<void> {
  const name = given.replaceAll("_", "-");
  if (!recipeNames().includes(name)) {
    throw new Failure(`There is no recipe "${given}". There are: ${recipeNames().join(", ")}.`);
  }
  checkTreeIsClean();
  const { created, edited, recipe } = await additionsOf(name, readTree);
  checkNoneExists(Object.keys(created));
  applyChanges({ ...created, ...edited });
  const replaced = linesToReplace(Object.keys(created));
  console.log(`Added ${name}. Wrote ${Object.keys(created).join(", ")}.
Added to ${Object.keys(edited).join(", ")}.
${[...recipe.next.map((line) => `- ${line}`), ...replaced].join("\n")}

Then: npm run check, and look at the diff.`);
}
