// What wrangler.toml must gain with another version of the bridge: three ways over src/bridge/wrangler.needs.toml as it was, as it is,
// and the adopter's wrangler.toml. A new block is appended; all else is said in words, because the file is the adopter's. Pure.

import { parse, type TomlTable, type TomlValue } from "smol-toml";

export interface Gained {
  readonly text: string;
  /** The blocks that were appended. */
  readonly appended: readonly string[];
  /** What the adopter does themselves. */
  readonly byHand: readonly string[];
}

/** One `[[…]]` of the bridge's file, with the comments above it. */
interface Block {
  readonly text: string;
  readonly path: readonly string[];
  readonly entry: TomlTable;
}

export function gainsOf(old: string, fresh: string, own: string): Gained {
  const [was, is] = [blocksOf(old), blocksOf(fresh)];
  let text = own;
  const appended: string[] = [];
  const byHand: string[] = [];
  for (const block of is) {
    const before = was.find((one) => titleOf(one) === titleOf(block));
    const here = entryIn(parse(text), block);
    if (here !== undefined) byHand.push(...changesOf(before?.entry ?? {}, block.entry, here, [titleOf(block)]));
    // It was there before and is not here: the adopter left it out.
    if (here !== undefined || before !== undefined) continue;
    const longer = `${text.trimEnd()}\n\n${block.text}\n`;
    if (fits(longer, block)) {
      text = longer;
      appended.push(titleOf(block));
    } else byHand.push(`add to what wrangler.toml has of ${block.path.join(".")}:\n${indented(block.text)}`);
  }
  const config = parse(own);
  for (const block of was) {
    if (is.some((one) => titleOf(one) === titleOf(block)) || entryIn(config, block) === undefined) continue;
    byHand.push(`${titleOf(block)}: the bridge no longer needs it`);
  }
  byHand.push(...changesOf(restOf(old), restOf(fresh), config, []));
  return { text, appended, byHand };
}

function blocksOf(text: string): readonly Block[] {
  const chunks = text.replaceAll("\r", "").split(/\n{2,}/);
  return chunks.flatMap((chunk) => {
    const path = /^\[\[([\w.-]+)\]\]/m.exec(chunk)?.[1]?.split(".");
    if (path === undefined) return [];
    const [entry] = entriesAt(parse(chunk), path);
    return entry === undefined ? [] : [{ text: chunk.trim(), path, entry }];
  });
}

/** What a block is known by: `[[d1_databases]] CONTROL`. */
function titleOf({ path, entry }: Pick<Block, "path" | "entry">): string {
  return `[[${path.join(".")}]] ${entry["binding"] ?? entry["name"] ?? entry["tag"]}`;
}

function entriesAt(config: TomlTable, path: readonly string[]): readonly TomlTable[] {
  const at = path.reduce<TomlValue | undefined>((value, key) => (isTable(value) ? value[key] : undefined), config);
  return Array.isArray(at) ? at.filter(isTable) : [];
}

function entryIn(config: TomlTable, block: Block): TomlTable | undefined {
  return entriesAt(config, block.path).find((entry) => titleOf({ path: block.path, entry }) === titleOf(block));
}

/** A file may write these blocks as one list in brackets, which cannot be added to from below. */
function fits(text: string, block: Block): boolean {
  try {
    return entryIn(parse(text), block) !== undefined;
  } catch {
    return false;
  }
}

/** Everything that is no `[[…]]`. */
function restOf(text: string): TomlTable {
  const chunks = text.replaceAll("\r", "").split(/\n{2,}/);
  return parse(chunks.filter((chunk) => !/^\[\[/m.test(chunk)).join("\n\n"));
}

/** What the bridge changed from `was` to `is`, and does not stand here yet. */
function changesOf(was: TomlTable, is: TomlTable, here: TomlTable, path: readonly string[]): readonly string[] {
  return Object.keys({ ...was, ...is }).flatMap((key) => {
    const [old, fresh, own] = [was[key], is[key], here[key]];
    const name = [...path, key].join(path.length === 1 && path[0]?.startsWith("[[") ? ": " : ".");
    if (isTable(fresh)) return changesOf(isTable(old) ? old : {}, fresh, isTable(own) ? own : {}, [...path, key]);
    if (Array.isArray(fresh) || Array.isArray(old)) return listChanges(name, list(old), list(fresh), list(own));
    if (same(old, fresh) || same(own, fresh)) return [];
    if (fresh === undefined) return own === undefined ? [] : [`${name}: the bridge no longer needs it`];
    return [`${name} = ${JSON.stringify(fresh)}${own === undefined ? "" : ` (it is ${JSON.stringify(own)} here)`}`];
  });
}

function listChanges(
  name: string,
  old: readonly TomlValue[],
  fresh: readonly TomlValue[],
  own: readonly TomlValue[],
): readonly string[] {
  const lacks = (values: readonly TomlValue[], value: TomlValue) => !values.some((one) => same(one, value));
  return [
    ...fresh
      .filter((value) => lacks(old, value) && lacks(own, value))
      .map((value) => `${name}: add ${JSON.stringify(value)}`),
    ...old
      .filter((value) => lacks(fresh, value) && !lacks(own, value))
      .map((value) => `${name}: the bridge no longer needs ${JSON.stringify(value)}`),
  ];
}

function list(value: TomlValue | undefined): readonly TomlValue[] {
  return Array.isArray(value) ? value : [];
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function same(a: TomlValue | undefined, b: TomlValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function indented(text: string): string {
  return text.replace(/^/gm, "    ");
}
