// What `npm run check` says of a package.json that `npm ci` would refuse.

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT } from "../../../scripts/wrangler.ts";

test("a package that package.json pins and package-lock.json does not, or otherwise, is named", () => {
  const tree = mkdtempSync(join(tmpdir(), "drawbridge-lockfile-"));
  onTestFinished(() => rmSync(tree, { recursive: true, force: true }));
  for (const file of ["scripts/check-lockfile.ts", "package.json", "package-lock.json"])
    cpSync(join(ROOT, file), join(tree, file));
  const said = () => {
    const { status, stderr } = spawnSync(process.execPath, [join(tree, "scripts/check-lockfile.ts")], {
      encoding: "utf8",
    });
    return { status, stderr };
  };
  expect(said()).toEqual({ status: 0, stderr: "" });
  const manifest = JSON.parse(readFileSync(join(tree, "package.json"), "utf8"));
  const { zod: _, ...others } = manifest.dependencies;
  const odd = { ...manifest, dependencies: { ...others, hono: "1.0.0", "left-pad": "1.3.0" } };
  writeFileSync(join(tree, "package.json"), JSON.stringify(odd));
  const { status, stderr } = said();
  expect(status).toBe(1);
  for (const name of ["hono", "left-pad", "zod"]) expect(stderr).toContain(`: npm ci refuses ${name}`);
});
