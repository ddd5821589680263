// Who imports whom, read by a parser (oxc): specifiers that lead to a file of the tree become its path.

import { posix } from "node:path";
import { parseSync } from "oxc-parser";

export interface Import {
  /** A path from the root, the name of a package, or `(computed)`. */
  readonly target: string;
  /** Nothing of it is left when the types are stripped. */
  readonly typeOnly: boolean;
}

export function importsOf(file: string, text: string): readonly Import[] {
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const to = (specifier: string) =>
    specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;
  const found: Import[] = module.staticImports.map(({ moduleRequest, entries }) => ({
    target: to(moduleRequest.value),
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }));
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries) {
      if (moduleRequest !== null) found.push({ target: to(moduleRequest.value), typeOnly: isType });
    }
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const written = text.slice(moduleRequest.start, moduleRequest.end);
    found.push({ target: /^["'`][^$]*$/.test(written) ? to(written.slice(1, -1)) : "(computed)", typeOnly: false });
  }
  return found;
}

/** Files that import each other, through others too, by types or values: each cycle once. */
export function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at !== -1) cycles.push([...path.slice(at), file]);
    if (at !== -1 || done.has(file)) return;
    path.push(file);
    for (const next of graph.get(file) ?? []) visit(next);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return cycles;
}
