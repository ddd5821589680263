// `npm run add -- NAME`: copies a recipe into this app, and says what is left to do. Without a name: what recipes there are.
// Changes nothing when it refuses.

import { applyChanges, checkNoneExists, checkTreeIsClean, linesToReplace, orRefuse, readTree } from "./changes.ts";
import { additionsOf, readRecipe, recipeNames } from "./recipes.ts";

await orRefuse(async () => {
  const [given, more] = process.argv.slice(2);
  if (more !== undefined) throw new Error("Use: npm run add -- NAME");
  if (given === undefined) {
    for (const name of recipeNames()) console.log(`  ${name}  ${(await readRecipe(name)).says}`);
    return;
  }
  const name = given.replaceAll("_", "-");
  if (!recipeNames().includes(name)) {
    throw new Error(`There is no recipe "${given}". There are: ${recipeNames().join(", ")}.`);
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
});
