// One TypeScript file as a parser (oxc) sees it, and additions to it by position: what is there stays as it is written, comments
// too. Knows the few shapes that an app is made of: an exported object, an import, names taken out of a call.

import {
  type ArrayExpression,
  type Expression,
  type ImportDeclaration,
  type ObjectExpression,
  type ObjectPattern,
  type ParseResult,
  parseSync,
} from "oxc-parser";
import { Failure } from "./command.ts";

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly parsed: ParseResult;
}

/** Text to put in at a place. */
export interface Insertion {
  readonly at: number;
  readonly text: string;
}

/** A property of an object as it is written, with the comments that stand above and beside it. */
export interface Property {
  readonly name: string;
  readonly code: string;
  readonly written: string;
}

/** @throws naming the file, when it is no TypeScript. */
export function parseSource(file: string, text: string): Source {
  const parsed = parseSync(file, text);
  if (parsed.errors[0] !== undefined) throw new Failure(`${file} cannot be parsed: ${parsed.errors[0].message}`);
  return { file, text, parsed };
}

export function inserted({ text }: Source, insertions: readonly Insertion[]): string {
  const fromTheEnd = insertions.toSorted((a, b) => b.at - a.at);
  return fromTheEnd.reduce((all, { at, text: added }) => all.slice(0, at) + added + all.slice(at), text);
}

/** Every `const` that the file declares at its top level, exported or not. */
export function declarationsOf({ parsed }: Source) {
  const statements = parsed.program.body.map((one) =>
    one.type === "ExportNamedDeclaration" && one.declaration !== null ? one.declaration : one,
  );
  return statements.flatMap((one) => (one.type === "VariableDeclaration" ? one.declarations : []));
}

/** The object that the file exports under this name, itself or as the argument of a call. @throws when there is none */
export function objectOf(source: Source, name: string): ObjectExpression {
  const init = declarationsOf(source).find(({ id }) => id.type === "Identifier" && id.name === name)?.init ?? undefined;
  const value = init === undefined ? undefined : bare(init);
  const argument = value?.type === "CallExpression" ? value.arguments[0] : value;
  if (argument?.type === "ObjectExpression") return argument;
  throw new Failure(`${source.file} cannot be read: it has no \`export const ${name}\` with an object written out`);
}

function bare(value: Expression): Expression {
  return value.type === "TSSatisfiesExpression" || value.type === "TSAsExpression" ? bare(value.expression) : value;
}

export function propertiesOf({ text, parsed }: Source, object: ObjectExpression): readonly Property[] {
  return object.properties.flatMap((one, index) => {
    if (one.type !== "Property" || one.computed) return [];
    const before = object.properties[index - 1]?.end ?? object.start + 1;
    const after = object.properties[index + 1]?.start ?? object.end;
    const sameLine = (start: number, end: number) => !text.slice(start, end).includes("\n");
    const above = parsed.comments.filter(
      ({ start, end }) => start >= before && end <= one.start && (index === 0 || !sameLine(before, start)),
    );
    const beside = parsed.comments.filter(({ start }) => start >= one.end && start < after && sameLine(one.end, start));
    const comment = ({ start, end }: { readonly start: number; readonly end: number }) => text.slice(start, end);
    const code = text.slice(one.start, one.end);
    const written = [...above.map(comment), `${code}, ${beside.map(comment).join(" ")}`].join("\n");
    return one.key.type === "Identifier"
      ? [{ name: one.key.name, code, written }]
      : one.key.type === "Literal"
        ? [{ name: String(one.key.value), code, written }]
        : [];
  });
}

/** At the end of an object or a list. `added`: each with its own comma. */
export function appended(
  { text, parsed }: Source,
  to: ObjectExpression | ArrayExpression | ObjectPattern,
  added: readonly string[],
): readonly Insertion[] {
  if (added.length === 0) return [];
  const items = to.type === "ArrayExpression" ? to.elements : to.properties;
  const last = items.at(-1)?.end;
  const between = (start: number): string =>
    [...text.slice(start, to.end)]
      .filter((_, index) => !parsed.comments.some((one) => one.start <= start + index && start + index < one.end))
      .join("");
  const open = last !== undefined && !between(last).includes(",");
  const line = text.slice(0, to.end - 1).endsWith("\n") ? "" : "\n";
  const words = `${line}${added.join("\n")}\n`;
  const end = to.end - 1;
  if (open && last === end) return [{ at: end, text: `,${words}` }];
  return [...(open ? [{ at: last, text: "," }] : []), { at: end, text: words }];
}

export function importsIn({ parsed }: Source): readonly ImportDeclaration[] {
  return parsed.program.body.filter((one) => one.type === "ImportDeclaration");
}

/** Every name that the file gives to something at its top level. */
export function namesIn(source: Source): readonly string[] {
  const imported = importsIn(source).flatMap(({ specifiers }) => specifiers.map(({ local }) => local.name));
  const declared = declarationsOf(source).flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  return [...imported, ...declared];
}

/** Lines after the last import; biome sorts and joins them. */
export function imported(source: Source, lines: readonly string[]): readonly Insertion[] {
  const at = importsIn(source).at(-1)?.end ?? 0;
  return lines.length === 0 ? [] : [{ at, text: `\n${lines.join("\n")}\n` }];
}
