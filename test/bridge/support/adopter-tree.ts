// A copy of the repository whose app is the fixture, laid out as an adopter has theirs: what the scripts that are about an adopter's own
// app (deploy, guard, audit) are tested in. Its packages are the ones of this repository.

import { cpSync, globSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../../../scripts/wrangler.ts";
import { FIXTURE } from "./fixture.ts";

/** @param but packages that the caller puts there itself */
export function plantTree(tree: string, but: readonly string[] = []): void {
  for (const part of ["scripts", "src/bridge", "package.json"])
    cpSync(join(ROOT, part), join(tree, part), { recursive: true });
  cpSync(join(FIXTURE, "migrations"), join(tree, "migrations"), { recursive: true });
  for (const file of globSync("{,tools/,capabilities/}*.ts", { cwd: FIXTURE })) {
    plant(file, join("src", file), (text) =>
      text.replaceAll("../../../src/bridge/", "./bridge/").replaceAll(".././", "../"),
    );
  }
  plant("wrangler.toml", "wrangler.toml", (text) =>
    text
      .replace('main = "index.ts"', 'main = "src/index.ts"')
      .replace('"../../../src/bridge/migrations"', '"src/bridge/migrations"')
      .replaceAll('"../../../src/', '"./src/'),
  );
  mkdirSync(join(tree, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    if (name.startsWith(".") || but.includes(name)) continue;
    symlinkSync(join(ROOT, "node_modules", name), join(tree, "node_modules", name));
  }

  function plant(from: string, to: string, change: (text: string) => string): void {
    mkdirSync(dirname(join(tree, to)), { recursive: true });
    writeFileSync(join(tree, to), change(readFileSync(join(FIXTURE, from), "utf8")));
  }
}
