// Writes src/bridge/oauth/look-alikes.ts out of Unicode's data of confusable letters (UTS #39 §4), as the package unhomoglyph has
// them: of six thousand entries the few hundred that read like plain letters and that no normalisation finds.

import data from "unhomoglyph/data.json" with { type: "json" };

const TARGETS: Readonly<Record<string, string>> = data;
/** Letters that look like large ones, smaller; the data has only some of them. */
const SMALL_CAPITALS: Readonly<Record<string, string>> = Object.fromEntries(
  [..."ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpꞯqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz"].flatMap((char, at, all) =>
    at % 2 === 0 ? [[char, all[at + 1] ?? ""]] : [],
  ),
);

const plain = (text: string) =>
  [...text.normalize("NFKD")].map((char) => SMALL_CAPITALS[char] ?? char.replace(/\p{M}/u, "").toLowerCase()).join("");

export function lookAlikes(): string {
  const found = new Map<string, string[]>();
  for (const [char, target] of [...Object.entries(TARGETS), ...Object.entries(SMALL_CAPITALS)]) {
    const reads = plain(target);
    const single = [...char].length === 1;
    // What it decomposes to may be a plain letter, or in the data itself.
    const base = char.normalize("NFKD").replace(/\p{M}/gu, "");
    const known = base.toLowerCase() === reads || (base !== char && plain(TARGETS[base] ?? "") === reads);
    if (!single || /[\x20-\x7e]/.test(char) || !/^[a-z0-9]{1,2}$/.test(reads) || known) continue;
    found.set(reads, [...(found.get(reads) ?? []), char]);
  }
  const lines = [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reads, chars]) => `  ["${reads}", "${escaped(chars)}"],\n`);
  return `// What reads like plain letters, and the letters that it reads like. Generated from Unicode's data of confusables (UTS #39) by
// \`npm run generate\`; scripts/look-alikes.ts says how.

// biome-ignore format: one line for each
export const LOOK_ALIKES: readonly (readonly [reads: string, chars: string])[] = [
${lines.join("")}];
`;
}

function escaped(chars: readonly string[]): string {
  return [...new Set(chars)].map((char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`).join("");
}
