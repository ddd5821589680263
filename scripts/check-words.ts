// `npm run check` counts the words that docs/glossary.md replaces: each must be zero. Exactly quoted, a word may stay: event kinds,
// denial reasons and names of tables are stored, and what is stored keeps its name. So does the key of a grant's stored user.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
/** What is counted, and what to say for it. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bpersons?\b/gi, "user"],
  [/\blanes?\b/gi, "transport"],
  [/\beras?\b/gi, "protocol version"],
  [/\btrails?\b/gi, "audit log"],
  [/\bsettlements?\b/gi, "outcome"],
  [/\brefusals?\b/gi, "denial"],
  [/\bwhoever\b/gi, "anyone who"],
  [/\binvariants? \d/gi, "the guarantee's name"],
  [/^\s*test\(["`][A-Z]\d{1,2}\b/gm, "a title without a code"],
];
const STORED =
  /(["'`])(?:person|settlement)\1|\bperson: (?:USER|user)\b|\.person\b|(?:TABLE|FROM|INTO|UPDATE|JOIN|TO|table:) person\b/g;
const FILES = /\.(?:ts|tsx|cjs|md|sql|toml|json)$/;
/** The glossary has the words themselves, and what is stored or somebody else's stays as it is. */
const OTHERS =
  /^(?:docs\/glossary\.md|src\/bridge\/CHANGELOG\.md|scripts\/check-words\.ts|package-lock\.json|.*\/stored\/.*|.*migrations\/.*)$/;

const files = execFileSync("git", ["ls-files"], { cwd: ROOT, encoding: "utf8" }).trim().split("\n");
const found = files
  .filter((file) => FILES.test(file) && !OTHERS.test(file))
  .flatMap((file) => wordsOf(file, readFileSync(resolve(ROOT, file), "utf8").replaceAll(STORED, "")));
for (const line of found) console.error(line);
if (found.length > 0) process.exitCode = 1;
else console.log(`Words: none of the ${WORDS.length} that docs/glossary.md replaces.`);

function wordsOf(file: string, text: string): readonly string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      WORDS.flatMap(([word, say]) =>
        [...line.matchAll(word)].map(([old]) => `${file}:${index + 1}: "${old.trim()}": say ${say}`),
      ),
    );
}
