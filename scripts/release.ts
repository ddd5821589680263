// `npm run release`, for upstream: tags what is committed as the version that src/bridge/package.json names, once its changelog, its pins
// and its wrangler.needs.toml say so too. Signs the tag where git has a signing key. Pushes nothing.

import { Failure, readCommand } from "./command.ts";
import { differencesOf } from "./pins.ts";
import { tryGit } from "./upgrade-git.ts";
import { openTree, unresolved } from "./upgrade-tree.ts";
import { compareVersions, isVersion, releasesOf } from "./versions.ts";
import { gainsOf } from "./wrangler-needs.ts";

readCommand({
  name: "npm run release",
  does: `For upstream: tags what is committed as the version that src/bridge/package.json names, once its changelog, its pins and its
wrangler.needs.toml say so too. Signs the tag where git has a signing key. Pushes nothing.`,
  example: "npm run release",
});
release();

function release(): void {
  const tree = openTree(process.cwd());
  const { git } = tree;
  const read = (file: string) => tree.committed(file) ?? "";
  const bridge = JSON.parse(read("src/bridge/package.json"));
  const version = String(bridge.version);
  const [newest] = releasesOf(read("src/bridge/CHANGELOG.md"));
  const tags = git(["tag", "--list", "v*"])
    .split("\n")
    .map((tag) => tag.slice(1))
    .filter(isVersion);
  const needs = gainsOf("", read("src/bridge/wrangler.needs.toml"), read("wrangler.toml"));
  const problems = [
    ...unresolved(tree),
    ...(newest?.version === version ? [] : [`src/bridge/CHANGELOG.md does not begin with ${version}`]),
    ...tags
      .filter((tag) => compareVersions(version, tag) <= 0)
      .map((tag) => `v${tag} is there, and ${version} is no newer`),
    ...differencesOf(bridge, JSON.parse(read("package.json"))).map((line) => `package.json, ${line}`),
    ...[...needs.appended, ...needs.byHand].map((need) => `wrangler.toml lacks what wrangler.needs.toml says: ${need}`),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) throw new Failure("No tag was made: mend this first.");
  const key = tryGit(git, ["config", "user.signingKey"]);
  git(["tag", key === undefined ? "--annotate" : "--sign", "--message", `Drawbridge ${version}`, `v${version}`]);
  console.log(`Tagged v${version}${key === undefined ? ", unsigned: git has no user.signingKey" : ""}.`);
  console.log(`To publish: git push origin v${version}. To undo: git tag --delete v${version}`);
}
