// Whether a long run of letters without a digit is words, or was made by chance. Pure.

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** How often the second letter (column) follows the first (row) in words of English prose: 0 never, 9 very often. */
const FOLLOWS = `
59985686857989584999776576
85458225853844840765732262
93739339838742943869742255
85569455933655851775754154
97998876756989686999687876
72338721812733810756712260
73439467732657731764734153
94349321814555841756724051
87989885457989974899584658
72237012612212620152613010
73448446824535752575624152
95579544935955950477763283
97459333934574881464732242
95999795957657864599765365
77886676756889881988888565
92449447814844871978712151
22100010300300100110700001
96789674937777962898875175
84859549917766884599845275
94769558925755951988735285
77767674745879572888243445
80419132802333610352321030
83337216703536730663302241
52536213601342360236311431
75546443614566670465624234
72317115613332521233421054
`
  .trim()
  .split("\n");
/** The mean of words is above 8, that of chance below 6. */
const LIKE_WORDS = 7;

/** Words, joined by hyphens, dots, slashes or underscores, or written in one with a capital each. */
export function isWords(text: string): boolean {
  const parts = text.split(/[-._/]+/).filter((part) => part !== "");
  if (!parts.every((part) => /^(?:[A-Za-z]?[a-z]*|[A-Z]+|[A-Za-z][a-z]{2,}(?:[A-Z][a-z]{2,})*)$/.test(part)))
    return false;
  const pairs = parts.flatMap((part) =>
    [...part.toLowerCase()].map((letter, at, all) => [letter, all[at + 1]] as const),
  );
  const known = pairs.flatMap(([one, next]) =>
    next === undefined ? [] : [Number(FOLLOWS[LETTERS.indexOf(one)]?.[LETTERS.indexOf(next)] ?? 0)],
  );
  return known.reduce((sum, one) => sum + one, 0) >= LIKE_WORDS * known.length;
}
