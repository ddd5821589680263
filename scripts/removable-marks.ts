// What `npm run removable` does to a source file: takes out the lines that end in a mark. A marked bracket that closes something
// takes that with it, back to the line that opens it.

export function withoutMarked(text: string, marks: readonly string[]): string {
  const kept: string[] = [];
  for (const line of text.split("\n")) {
    if (!marks.some((mark) => line.endsWith(mark))) {
      kept.push(line);
      continue;
    }
    if (!/^\s*[)\]}]/.test(line)) continue;
    const margin = /^\s*/.exec(line)?.[0] ?? "";
    const opening = kept.findLastIndex(
      (each) => each.startsWith(margin) && /^\S.*[([{]$/.test(each.slice(margin.length)),
    );
    if (opening === -1) throw new Error(`Nothing opens what this closes: ${line}`);
    kept.splice(opening);
  }
  return kept.join("\n");
}
