// What `npm run upgrade` refuses. Each time the reason is one that a reader can act on, and nothing was changed.

import { spawnSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  createAdopted,
  createFolder,
  createRepository,
  createUpstream,
  OLD,
  type Repository,
  upgrade,
} from "./repositories.ts";

const TIMEOUT = { timeout: 120_000 };

/** Runs the upgrade, and shows that it was refused and left everything as it was. */
function refused(adopted: Repository, ...args: readonly string[]): string {
  const before = adopted.state();
  const { status, stdout, stderr } = upgrade(adopted, ...args);
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^Nothing was changed:/);
  expect(stderr).not.toMatch(/^ {4}at /m);
  expect(adopted.state()).toEqual(before);
  return stderr;
}

test("anything that is not committed: an edit, a staged file, a new file", TIMEOUT, () => {
  const upstream = createUpstream();
  for (const file of ["src/app.ts", "src/bridge/server.ts", "own.txt"]) {
    const adopted = createAdopted();
    adopted.write({ [file]: "// not committed\n" });
    expect(refused(adopted, upstream.folder)).toContain(`not committed here:\n`);
    adopted.git("add", file);
    expect(refused(adopted, upstream.folder)).toContain(file);
  }
});

test("a new file, although git is set not to show new files", TIMEOUT, () => {
  const [upstream, adopted] = [createUpstream(), createAdopted()];
  adopted.git("config", "status.showUntrackedFiles", "no");
  adopted.write({ "src/own.ts": "// not committed\n" });
  expect(refused(adopted, upstream.folder)).toContain("src/own.ts");
});

test("an edit that git was told not to look at", TIMEOUT, () => {
  const upstream = createUpstream();
  for (const flag of ["--assume-unchanged", "--skip-worktree"]) {
    const adopted = createAdopted();
    adopted.git("update-index", flag, "src/bridge/server.ts");
    adopted.write({ "src/bridge/server.ts": "// hidden\n" });
    expect(refused(adopted, upstream.folder)).toContain("src/bridge/server.ts");
  }
});

test("a file that git ignores, where the new version has one, or a folder, of that name", TIMEOUT, () => {
  const upstream = createUpstream();
  upstream.commit({ "src/bridge/notes.local": "// upstream's\n", "docs/more.local/page.md": "# Upstream's\n" });
  const adopted = createAdopted();
  adopted.write({ "src/bridge/other.local": "nobody's business\n", "src/bridge/notes.local": "own\n" });
  expect(refused(adopted, upstream.folder, "main")).toMatch(
    /would be written over; move them:\n {2}src\/bridge\/notes\.local$/m,
  );
  rmSync(join(adopted.folder, "src/bridge/notes.local"));
  adopted.write({ "docs/more.local": "own\n" });
  expect(refused(adopted, upstream.folder, "main")).toContain("docs/more.local");
  rmSync(join(adopted.folder, "docs/more.local"));
  expect(upgrade(adopted, upstream.folder, "main").status).toBe(0);
  expect(adopted.read("src/bridge/other.local")).toBe("nobody's business\n");
});

test("edited, deleted and own files in the bridge's folders, each by its name", TIMEOUT, () => {
  const [upstream, adopted] = [createUpstream(), createAdopted()];
  adopted.commit(
    { "src/bridge/server.ts": "// mine\n", "scripts/own.ts": "// mine\n", "docs/p.md": "x\n" },
    "docs/page.md",
  );
  const stderr = refused(adopted, upstream.folder);
  for (const line of ["src/bridge/server.ts: edited", "scripts/own.ts: your own", "docs/page.md: deleted"]) {
    expect(stderr).toContain(line);
  }
  expect(stderr).not.toContain("src/app.ts");
  expect(adopted.git("diff", "--name-only", "refs/drawbridge/base", "HEAD", "--", "scripts")).toBe("scripts/own.ts");
});

test("a file of the bridge that became a link to the same words", TIMEOUT, () => {
  const upstream = createUpstream();
  upstream.commit({ "docs/link.md": "page.md" });
  upstream.git("tag", "-f", "v0.2.0", upstream.commit(OLD, "src/bridge/fresh.ts"));
  const adopted = createAdopted();
  rmSync(join(adopted.folder, "docs/page.md"));
  symlinkSync("page.md", join(adopted.folder, "docs/link.md"));
  adopted.commit({ "docs/page.md": OLD["docs/page.md"] ?? "" });
  expect(refused(adopted, upstream.folder)).toContain("docs/link.md: edited");
});

test("an unknown ref, with the releases that there are", TIMEOUT, () => {
  const [upstream, adopted] = [createUpstream(), createAdopted()];
  expect(refused(adopted, upstream.folder, "v9.9.9")).toContain(
    'no tag or branch "v9.9.9". Its releases: v0.2.0, v0.3.0.',
  );
  expect(refused(adopted, upstream.folder, "f".repeat(40))).toContain("cannot be fetched");
});

test("a source that is none, one that is no bridge, and none at all", TIMEOUT, () => {
  const adopted = createAdopted();
  expect(refused(adopted, createFolder())).toContain("no git repository that can be read");
  expect(refused(adopted, join(createFolder(), "absent"))).toContain("no git repository that can be read");
  expect(refused(adopted, createRepository({ "README.md": "# Other\n" }).folder, "main")).toContain(
    "no bridge of this layout",
  );
});

test("a word or an option that it does not take", TIMEOUT, () => {
  const adopted = createAdopted();
  const before = adopted.state();
  const odd = { SOURCE: [], '"c"': ["a", "b", "c"], "'--fast'": ["--fast", "a"], "'--check'": ["--check=x", "a"] };
  for (const [words, args] of Object.entries(odd)) {
    expect(upgrade(adopted, ...args)).toEqual({ status: 2, stdout: "", stderr: expect.stringContaining(words) });
  }
  expect(adopted.state()).toEqual(before);
});

test("an address that would run a command", TIMEOUT, () => {
  const adopted = createAdopted();
  const file = join(createFolder(), "ran");
  expect(refused(adopted, `ext::touch ${file}`)).toContain("transport 'ext' not allowed");
  expect(refused(adopted, "--", `--upload-pack=touch ${file}`)).toContain("no git repository");
});

test("a downgrade, also one that keeps the version's name", TIMEOUT, () => {
  const upstream = createUpstream();
  const adopted = createAdopted();
  expect(upgrade(adopted, upstream.folder).status).toBe(0);
  adopted.commit();
  expect(refused(adopted, upstream.folder, "v0.2.0")).toContain("0.2.0 is older than 0.3.0");
  upstream.commit({ "src/bridge/server.ts": "// three\n" });
  upstream.git("branch", "earlier");
  upstream.commit({ "src/bridge/server.ts": "// four\n" });
  expect(upgrade(adopted, upstream.folder, "main").status).toBe(0);
  adopted.commit();
  upstream.commit({ "src/bridge/server.ts": "// five\n" });
  expect(refused(adopted, "--base", upstream.git("rev-parse", "main~1"), upstream.folder, "earlier")).toContain(
    "older than what is here",
  );
});

test("a tag that holds another version than its name says", TIMEOUT, () => {
  const [upstream, adopted] = [createUpstream(), createAdopted()];
  upstream.git("tag", "v0.9.0", "v0.2.0");
  expect(refused(adopted, upstream.folder)).toContain("the tag v0.9.0");
});

test("a source without the tag that this copy says it is, and without a commit like it", TIMEOUT, () => {
  const upstream = createUpstream();
  upstream.git("tag", "--delete", "v0.2.0");
  const adopted = createAdopted({ "src/bridge/server.ts": "// mine\n" });
  expect(refused(adopted, upstream.folder)).toContain("no tag v0.2.0 to compare with");
  expect(refused(adopted, "--base", upstream.git("rev-parse", "main~1"), upstream.folder)).toContain(
    "server.ts: edited",
  );
});

test("a folder without git, without a commit, and one that holds no bridge", TIMEOUT, () => {
  const upstream = createUpstream();
  const folder = createFolder();
  expect(upgrade({ folder }, upstream.folder)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("git init"),
  });
  spawnSync("git", ["init", "--quiet"], { cwd: folder });
  expect(upgrade({ folder }, upstream.folder)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("nothing is committed"),
  });
  const other = createRepository({ "package.json": "{}\n" });
  expect(refused(other, upstream.folder)).toContain("this folder is no bridge of this layout");
});

test("a wrangler.toml that cannot be read", TIMEOUT, () => {
  const [upstream, adopted] = [createUpstream(), createAdopted({ "wrangler.toml": "name = \n" })];
  expect(refused(adopted, upstream.folder)).toContain("wrangler.toml cannot be read");
});
