// `npm run upgrade` where nothing is in its way: what it replaces, merges, appends, says and leaves alone.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAdopted, createFolder, createRepository, createUpstream, OLD, upgrade } from "./repositories.ts";

const TIMEOUT = { timeout: 120_000 };

test(
  "the bridge's folders are replaced, pins and bindings merged, and all of it is staged and can be undone",
  TIMEOUT,
  () => {
    const [upstream, adopted] = [createUpstream(), createAdopted()];
    const before = adopted.state();
    const { status, stdout, stderr } = upgrade(adopted, upstream.folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(adopted.staged()).toEqual([
      "M package.json",
      "M src/bridge/CHANGELOG.md",
      "A src/bridge/fresh.ts",
      "D src/bridge/gone.ts",
      "M src/bridge/package.json",
      "M src/bridge/server.ts",
      "M src/bridge/wrangler.needs.toml",
      "M wrangler.toml",
    ]);
    expect(adopted.git("diff")).toBe("");
    expect(adopted.git("status", "--porcelain", "--untracked-files=all")).not.toContain("?");
    expect(adopted.read("src/bridge/server.ts")).toBe("// two\n");
    expect(JSON.parse(adopted.read("package.json"))).toMatchObject({
      name: "orders",
      dependencies: { hono: "4.14.0", "left-pad": "1.3.0", zod: "4.6.8" },
    });
    expect(adopted.read("wrangler.toml")).toMatch(
      /^name = "orders" # ours\n[\s\S]*bucket_name = "invoices"\n\n# What is counted\.\n\[\[kv_namespaces\]\]\nbinding = "COUNTS"\n$/,
    );

    expect(stdout).toContain("Drawbridge 0.2.0 → 0.3.0 (refs/tags/v0.3.0");
    expect(stdout).toContain("0.3.0: A session could be taken over.");
    expect(stdout).not.toContain("Old news");
    expect(stdout).toContain("Call `x` in src/app.ts.");
    expect(stdout).toContain("replaced: 4 changed, 1 new, 1 deleted");
    expect(stdout).toContain("dependencies: hono 4.13.19 → 4.14.0");
    expect(stdout).toContain("zod stays 4.6.8, as you have it; the bridge has 4.7.0");
    expect(stdout).toContain("[[kv_namespaces]] COUNTS");
    expect(stdout).toContain("tsconfig.json: not edited here. To take it: git show refs/drawbridge/next:tsconfig.json");
    expect(stdout).toContain(".ci/run: git diff refs/drawbridge/base:.ci/run refs/drawbridge/next:.ci/run");
    expect(stdout).toContain("Next: npm install && npm run check && npm test");

    const undo = /To undo: (.*)/.exec(stdout)?.[1]?.split(" ").slice(1) ?? [];
    adopted.git(...undo);
    expect(adopted.state()).toEqual(before);
  },
);

test("what was upgraded and committed is up to date, and a second upgrade changes nothing", TIMEOUT, () => {
  const [upstream, adopted] = [createUpstream(), createAdopted()];
  upgrade(adopted, upstream.folder, "v0.3.0");
  adopted.commit();
  const before = adopted.state();
  const again = upgrade(adopted, upstream.folder);
  expect(again).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Nothing to do: the bridge here is 0.3.0"),
  });
  expect(adopted.state()).toEqual(before);
});

test("a clone, with upstream's history in it, is upgraded in the same way", TIMEOUT, () => {
  const upstream = createUpstream();
  const folder = createFolder();
  upstream.git("clone", "--quiet", "--no-tags", upstream.folder, folder);
  const adopted = createRepository({}, folder);
  adopted.git("reset", "--quiet", "--hard", upstream.git("rev-parse", "v0.2.0"));
  adopted.commit({ "src/app.ts": "// orders\n" });
  expect(upgrade(adopted, upstream.folder)).toMatchObject({ status: 0, stderr: "" });
  expect(adopted.read("src/app.ts")).toBe("// orders\n");
  expect(adopted.staged()).toContain("D src/bridge/gone.ts");
});

test("a copy of a branch between two releases is known by its content", TIMEOUT, () => {
  const upstream = createRepository(OLD);
  upstream.git("tag", "v0.2.0");
  upstream.commit({ "src/bridge/server.ts": "// between\n" });
  const adopted = createAdopted({ "src/bridge/server.ts": "// between\n" });
  upstream.commit({ "src/bridge/server.ts": "// after\n", "docs/more.md": "# More\n" });
  expect(upgrade(adopted, upstream.folder, "main")).toMatchObject({ status: 0, stderr: "" });
  expect(adopted.staged()).toEqual(["A docs/more.md", "M src/bridge/server.ts"]);
});

test("where the source has no tags, the commit is found by its content, or named with --base", TIMEOUT, () => {
  const upstream = createRepository(OLD);
  const copied = upstream.git("rev-parse", "HEAD");
  upstream.commit({ "src/bridge/server.ts": "// two\n" });
  const adopted = createAdopted();
  expect(upgrade(adopted, upstream.folder)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("no release tag"),
  });
  expect(upgrade(adopted, "--base", copied, upstream.folder, "main")).toMatchObject({ status: 0, stderr: "" });
  adopted.git("restore", "--staged", "--worktree", ".");
  expect(upgrade(adopted, upstream.folder, "main")).toMatchObject({ status: 0, stderr: "" });
  expect(adopted.staged()).toEqual(["M src/bridge/server.ts"]);
});

test("a copy in a folder of a larger repository is upgraded there, and the rest is left alone", TIMEOUT, () => {
  const upstream = createUpstream();
  const inFolder = Object.fromEntries(Object.entries(OLD).map(([file, text]) => [`services/mcp/${file}`, text]));
  const whole = createRepository({ ...inFolder, "docs/page.md": "# Not the bridge's\n" });
  whole.write({ "notes.txt": "not committed, and not in that folder\n" });
  const ran = upgrade({ folder: join(whole.folder, "services/mcp") }, upstream.folder);
  expect(ran).toMatchObject({ status: 0, stderr: "" });
  expect(whole.staged()).toContain("A services/mcp/src/bridge/fresh.ts");
  expect(whole.staged().every((line) => line.slice(2).startsWith("services/mcp/"))).toBe(true);
  expect(whole.read("docs/page.md")).toBe("# Not the bridge's\n");
});

test("a permission that a download lost is no edit", TIMEOUT, () => {
  const upstream = createUpstream();
  const adopted = createAdopted();
  adopted.git("update-index", "--chmod=+x", "scripts/start.ts");
  adopted.git("config", "core.fileMode", "false");
  adopted.commit();
  expect(upgrade(adopted, upstream.folder)).toMatchObject({ status: 0, stderr: "" });
});

test(
  "--check says what is new and which fixes it has, ends with 2, and changes nothing, also where there is a hindrance",
  TIMEOUT,
  () => {
    const [upstream, adopted] = [createUpstream(), createAdopted()];
    const before = adopted.state();
    const checked = upgrade(adopted, "--check", upstream.folder);
    expect(checked).toMatchObject({ status: 3, stderr: "" });
    expect(checked.stdout).toMatch(
      /0\.2\.0 → 0\.3\.0[\s\S]*A session could be taken over[\s\S]*would be replaced: 4 changed[\s\S]*Nothing was changed/,
    );
    expect(adopted.state()).toEqual(before);
    expect(upgrade(adopted, "--check", upstream.folder, "v0.2.0")).toMatchObject({ status: 0 });

    adopted.commit({ "src/bridge/server.ts": "// mine\n" });
    const hindered = upgrade(adopted, "--check", upstream.folder);
    expect(hindered).toMatchObject({ status: 3, stdout: expect.stringContaining("src/bridge/server.ts: edited") });
    expect(hindered.stdout).toContain("A session could be taken over");
  },
);

test("--help names the exit codes", TIMEOUT, () => {
  const folder = createFolder();
  mkdirSync(join(folder, "empty"));
  expect(upgrade({ folder }, "--help")).toMatchObject({
    status: 0,
    stderr: "",
    stdout: expect.stringContaining("Ends with 0"),
  });
});
