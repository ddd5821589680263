// Text that a stranger chose, such as an app's name or what a provider calls a person: isolated from what stands around it, cut,
// every invisible character shown as its code point, and suspicious letters with theirs beside them. Pure.

/** In characters that people see. */
export const LONGEST_NAME = 64;
const MOST_MARKS = 3;
const MARK = /\p{M}/u;
/** Whatever prints nothing or changes how its neighbours print: controls, bidi, zero-width, tags, fillers. */
export const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

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
      {characters.map(({ char, piled }) => {
        if (piled || UNSEEN.test(char)) return <CodePoint char={char} />;
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
  const number = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return <span class="code-point">{`U+${number}`}</span>;
}

interface Shown {
  readonly char: string;
  /** One more mark on a letter that has its fill of them: a tower would cover the lines above and below. */
  readonly piled: boolean;
}

/** At most so many characters, not counting the few marks on them; an ellipsis says that there were more. */
function visibleCharacters(text: string, longest: number, exact: boolean): readonly Shown[] {
  const characters: Shown[] = [];
  let shown = 0;
  let marks = 0;
  for (const char of text) {
    marks = MARK.test(char) ? marks + 1 : 0;
    const piled = marks > MOST_MARKS;
    if (piled && !exact) continue;
    if (marks === 0 || piled) shown += 1;
    if (shown > longest) return [...characters, { char: "…", piled: false }];
    characters.push({ char, piled });
  }
  return characters;
}
