// Text that a stranger chose, such as an app's name or what a provider calls a user: isolated from what stands around it, cut,
// every invisible character shown as its code point, and suspicious letters with theirs beside them. Pure.

import { codePoint, UNSEEN } from "../text/visible.ts";

/** In characters that users see. */
export const LONGEST_NAME = 64;
const MOST_MARKS = 3;
const MARK = /^\p{M}/u;
const VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u1039";
const PICTURE = "(?!\\p{C})\\p{Extended_Pictographic}(?:\ufe0f|\\p{Emoji_Modifier})?";
/** The only ones that letters of tags are for (UTS #51): England, Scotland, Wales. */
const FLAG =
  "\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}";
/** An emoji of several parts, or a joiner where a script needs it (UAX #31 §2.3): hidden characters that hide nothing. */
const CHARACTER = new RegExp(
  `(${FLAG}|[0-9#*]\ufe0f\u20e3|${PICTURE}(?:\u200d${PICTURE}){0,4}|(?<=\\p{Script=Arabic}\\p{M}?)\u200c(?=\\p{Script=Arabic})|(?<=[${VIRAMAS}])[\u200c\u200d])|[^]`,
  "gu",
);

interface Character {
  readonly text: string;
  readonly hidden: boolean;
}

export function charactersOf(text: string): readonly Character[] {
  const characters: Character[] = [];
  // Not matchAll, which would make the pattern anew each time.
  text.replace(CHARACTER, (char, honest: string | undefined) => {
    characters.push({ text: char, hidden: honest === undefined && UNSEEN.test(char) });
    return "";
  });
  return characters;
}

const NONE: ReadonlySet<string> = new Set();

interface Foreign {
  readonly text: string;
  readonly suspects?: ReadonlySet<string>;
  /** How many characters are shown. */
  readonly longest?: number;
  /** Nothing of it is left out: marks that pile up on a letter are shown as their code points. */
  readonly exact?: boolean;
}

export function ForeignText({ text, suspects = NONE, longest = LONGEST_NAME, exact = false }: Foreign) {
  const characters = visibleCharacters(exact ? text : text.trim(), longest, exact);
  if (characters.length === 0) return <span class="name soft">(no name)</span>;
  return (
    <bdi class="name" translate="no">
      {characters.map(({ char, shown }) => {
        if (!shown) return <CodePoint char={char} />;
        if (!suspects.has(char)) return char;
        return (
          <span class="suspect">
            {char}
            <CodePoint char={char} />
          </span>
        );
      })}
    </bdi>
  );
}

function CodePoint({ char }: { readonly char: string }) {
  // Between letters that are written from the right it would be torn apart.
  return (
    <span class="code-point" dir="ltr">
      {codePoint(char)}
    </span>
  );
}

interface Shown {
  readonly char: string;
  /** As it is; else as its code point. */
  readonly shown: boolean;
}

/** At most so many characters, not counting the few marks on them; an ellipsis says that there were more. */
function visibleCharacters(text: string, longest: number, exact: boolean): readonly Shown[] {
  const characters: Shown[] = [];
  let shown = 0;
  let marks = 0;
  for (const { text: char, hidden } of charactersOf(text)) {
    marks = MARK.test(char) ? marks + 1 : 0;
    // One more mark on a letter that has its fill of them: a tower would cover the lines above and below.
    const piled = marks > MOST_MARKS;
    if (piled && !exact) continue;
    if (marks === 0 || piled) shown += 1;
    if (shown > longest) return [...characters, { char: "…", shown: true }];
    characters.push({ char, shown: !piled && !hidden });
  }
  return characters;
}
