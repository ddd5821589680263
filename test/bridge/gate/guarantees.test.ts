// docs/guarantees.md names the tests behind each guarantee. Whether such a test is any good is for users to check; that it is there is
// checked here, and that links to a guarantee lead to one.

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../../scripts/wrangler.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const sections = read("docs/guarantees.md").split(/^## /m).slice(1);

/** A title may stand without what its test puts before a colon. */
function isTitleIn(file: string, named: string): boolean {
  const titles = [...read(file).matchAll(/\btest(?:\.\w+\([^)]*\))?\(\s*(["`])(.*?)\1,/gs)].map(([, , title]) => title);
  return titles.some((title) => title === named || title?.endsWith(`: ${named}`));
}

test("every guarantee names its limits and tests that are there", () => {
  expect(sections.length).toBeGreaterThan(10);
  for (const section of sections) {
    const name = section.split("\n")[0];
    expect([name, section.includes("\n*Limits.* ")]).toEqual([name, true]);
    const lines = section.split("\n").filter((line) => line.startsWith("- "));
    expect([name, lines.length > 0]).toEqual([name, true]);
    for (const line of lines) {
      const [, file = "", title = ""] = /^- `(test\/[\w./-]+)`: "(.+)"$/.exec(line) ?? [];
      expect([line, existsSync(join(ROOT, file)) && file !== "" && isTitleIn(file, title)]).toEqual([line, true]);
    }
  }
});

test("every link to a heading of another document leads to one", () => {
  const slugs = (text: string) =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .replaceAll(/\s/g, "-"),
    );
  const files = globSync("docs/**/*.md", { cwd: ROOT });
  const links = files.flatMap((file) =>
    [...read(file).matchAll(/\]\(([\w./-]*\.md)#([\w-]+)\)/g)].map(([, to = "", slug = ""]) => ({ file, to, slug })),
  );
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter(({ file, to, slug }) => !slugs(read(join(dirname(file), to))).includes(slug))).toEqual([]);
});
