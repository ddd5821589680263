import type { Recipe } from "../../recipes/recipe.ts";

export const recipe: Recipe = {
  says: "a domain of an adopter's own, with a table, a store, two scopes and two tools; scripts/adopt.ts puts it into a copy",
  vars: [],
  next: [],
};
