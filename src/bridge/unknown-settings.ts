// Names that were set and are no setting of this bridge: misspelt, or of a part that its entry does not name. One that was passed
// over would leave what it means to change at its default, unseen. Pure.

/** What tools put beside a Worker's own (`wrangler dev`, vitest). */
const OF_TOOLS = /^(_|CF_|CLOUDFLARE_|NODE_|VITE_|WRANGLER_)/;

/** Only texts and the like are settings: a misspelt binding is missed under its right name. */
export function unknownIn(env: object, known: readonly string[]): readonly { name: string; near: Near | undefined }[] {
  const set = Object.entries(env).flatMap(([name, value]) =>
    value === "" || !(Array.isArray(value) || ["string", "number", "boolean"].includes(typeof value)) ? [] : [name],
  );
  const unknown = set.filter((name) => !known.includes(name) && !OF_TOOLS.test(name));
  return unknown.map((name) => ({ name, near: nearest(name, known) }));
}

interface Near {
  readonly other: string;
  /** In letters. */
  readonly far: number;
}

/** One that is at most a third of its letters away. */
function nearest(name: string, known: readonly string[]): Near | undefined {
  const [first] = known
    .map((other) => ({ other, far: distance(name.toUpperCase(), other) }))
    .toSorted((a, b) => a.far - b.far);
  return first !== undefined && first.far * 3 <= name.length ? first : undefined;
}

/** Levenshtein's: letters put in, taken out or changed. */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...a].entries()) {
    const here = [row + 1];
    for (const [column, other] of [...b].entries()) {
      const [left = 0, up = 0, corner = 0] = [here[column], above[column + 1], above[column]];
      here.push(Math.min(left + 1, up + 1, corner + (letter === other ? 0 : 1)));
    }
    above = here;
  }
  return above.at(-1) ?? 0;
}
