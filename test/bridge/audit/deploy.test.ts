// `npm run deploy` against a stand-in for wrangler: what it asks, what it uploads, and what it leaves behind.

import { once } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { childrenOf } from "../../../scripts/local-worker.ts";
import { createSubject } from "../../../src/bridge/seal.ts";
import { type Account, createDeployTree } from "../support/deploy-tree.ts";

const TIMEOUT = { timeout: 120_000 };
const ALL = ["DRAWBRIDGE_SECRET", "SUBJECT_KEY", "GITHUB_CLIENT_SECRET"];
const WITHOUT_KEY = ALL.filter((name) => name !== "SUBJECT_KEY");
const OLD_KEY = "the-key-that-this-bridge-had-before-0123456789";
const VARS = `DRAWBRIDGE_SECRET=${"s".repeat(43)}\nSUBJECT_KEY=${OLD_KEY}\nGITHUB_CLIENT_SECRET=from-github\n`;

function treeOf(account: Account) {
  return createDeployTree(account, onTestFinished);
}

test(
  "an import of what is left out of the bundle stops the deploy, `npm start` and the check, by name",
  TIMEOUT,
  async () => {
    const tree = treeOf({ databases: [] });
    const app = tree.read("src/app.ts") ?? "";
    const stops = async (script: string, ...args: readonly string[]) => (await tree.script(script, args)).stderr;
    expect(await stops("check-imports.ts")).toBe("");
    tree.write("src/app.ts", `import Ajv from "ajv";\n${app}\nexport const ajv = new Ajv();\n`);
    const why = "src/app.ts imports ajv, which is left out of the bundle";
    expect(await stops("check-imports.ts")).toContain(why);
    expect(await stops("start.ts")).toContain(why);
    expect(await stops("deploy.ts", "--dry-run")).toContain(why);
    expect(tree.deployed()).toEqual([]);
  },
);

test("a first deploy makes its keys, and uploads them with the very file that was checked", TIMEOUT, async () => {
  const tree = treeOf({ databases: [] });
  const first = await tree.run();
  expect(first.stderr).toContain("GITHUB_CLIENT_SECRET is missing");
  expect(tree.deployed()).toEqual([]);
  tree.write(".deploy.vars", (tree.read(".deploy.vars") ?? "").replace(/(?<=GITHUB_CLIENT_SECRET=)/, "from-github"));
  const second = await tree.run();
  expect(second).toMatchObject({ status: 0, stderr: "" });
  expect(second.stdout).toContain("Keep the SUBJECT_KEY");
  const [deployed] = tree.deployed();
  expect(deployed?.deployed).toMatch(/^\/\/ built from src\/index\.ts +\n$/);
  expect(Object.keys(deployed?.secrets ?? {}).sort()).toEqual([...ALL].sort());
  expect(deployed?.secrets["SUBJECT_KEY"]).toMatch(/^[\w-]{43}$/);
  expect(second.stdout + second.stderr).not.toContain(deployed?.secrets["SUBJECT_KEY"]);
  // Database last, because the first deploy is what creates it.
  expect(tree.calls().at(-1)?.args).toEqual(expect.arrayContaining(["migrations", "apply"]));
  expect(tree.leftovers()).toEqual([]);
});

test(
  "where anything of a bridge is there and its SUBJECT_KEY is not, no new one is made, and what would be lost is said",
  TIMEOUT,
  async () => {
    const traces: readonly Account[] = [
      { databases: ["drawbridge"], secrets: WITHOUT_KEY },
      { databases: ["drawbridge"] },
      { databases: [], secrets: ["GITHUB_CLIENT_SECRET"] },
      { databases: [], secrets: [] },
    ];
    const outcomes = traces.map(async (account) => {
      const tree = treeOf(account);
      const { status, stderr } = await tree.run();
      expect(status).toBe(1);
      expect(stderr).toMatch(/SUBJECT_KEY is not on the Worker, although .*\n.*Write its old key/);
      expect(stderr).toMatch(/every user is a new one.*notes/s);
      expect(tree.read(".deploy.vars")).toMatch(/^SUBJECT_KEY=$/m);
      expect(tree.deployed()).toEqual([]);
      expect(tree.calls().some(({ args }) => args.includes("apply"))).toBe(false);
      return tree;
    });
    const [tree] = await Promise.all(outcomes);
    expect(await tree?.run()).toMatchObject({ status: 1, stderr: expect.stringContaining("its old key") });
    // With the old key it goes on.
    tree?.write(".deploy.vars", VARS);
    expect(await tree?.run()).toMatchObject({ status: 0 });
    expect(tree?.deployed()[0]?.secrets["SUBJECT_KEY"]).toBe(OLD_KEY);
  },
);

test("a key that the users in the database were not named with is refused; theirs is taken", TIMEOUT, async () => {
  const subject = await createSubject(OLD_KEY, "https://github.com", "12345");
  const account = { databases: ["drawbridge"], secrets: WITHOUT_KEY, subjects: [subject] };
  const tree = treeOf(account);
  tree.write(".deploy.vars", VARS.replace(OLD_KEY, "another-key-0123456789-0123456789-0123456789"));
  expect((await tree.run()).stderr).toContain("is not the one that the users in the database were named with");
  expect(tree.deployed()).toEqual([]);
  tree.write(".deploy.vars", VARS);
  expect(await tree.run()).toMatchObject({ status: 0 });
  expect(tree.deployed()).toHaveLength(1);
});

test(
  "every call names its configuration and the top level of it, and what else would choose is refused by name",
  TIMEOUT,
  async () => {
    const account = { databases: ["drawbridge"], secrets: ALL };
    const honest = treeOf(account);
    expect(await honest.run()).toMatchObject({ status: 0 });
    expect(honest.calls()).not.toHaveLength(0);
    for (const { args, config, env } of honest.calls()) {
      expect(config, args.join(" ")).toMatch(/\/tree\/wrangler\.toml$/);
      expect(env, args.join(" ")).toBe("");
    }
    const other = 'main = "src/development.ts"\n';
    type Tree = ReturnType<typeof treeOf>;
    const choices: readonly (readonly [RegExp, (tree: Tree) => Record<string, string>])[] = [
      [
        /src\/development\.ts brings development sign-in/,
        (tree) => {
          tree.edit({ 'main = "src/index.ts"': other.trim() });
          return {};
        },
      ],
      [
        /main is not set/,
        (tree) => {
          tree.edit({ 'main = "src/index.ts"': "" });
          return {};
        },
      ],
      ...["wrangler.json", "wrangler.jsonc"].map(
        (file) =>
          [
            new RegExp(`- ${file} stands beside`),
            (tree: Tree) => {
              tree.write(file, '{"name":"other","main":"src/development.ts"}');
              return {};
            },
          ] as const,
      ),
      [
        /deploy\/config\.json points wrangler/,
        (tree) => {
          tree.write("other/wrangler.json", other);
          tree.write(".wrangler/deploy/config.json", '{"configPath":"../../other/wrangler.json"}');
          return {};
        },
      ],
      [/CLOUDFLARE_ENV is "staging" in the environment/, () => ({ CLOUDFLARE_ENV: "staging" })],
      ...[".env", ".env.local"].map(
        (file) =>
          [
            new RegExp(`CLOUDFLARE_ENV is "staging" in ${file},`),
            (tree: Tree) => {
              tree.write(file, "CLOUDFLARE_ENV=staging\n");
              return {};
            },
          ] as const,
      ),
      [/WRANGLER_CI_OVERRIDE_NAME is "other"/, () => ({ WRANGLER_CI_OVERRIDE_NAME: "other" })],
    ];
    for (const [says, choose] of choices) {
      const tree = treeOf(account);
      const env = choose(tree);
      // CI runs the rehearsal; it is the same check.
      const { status, stderr } = await tree.run(env, ...(says === choices[0]?.[0] ? ["--dry-run"] : []));
      expect({ status, stderr }, String(says)).toEqual({ status: 1, stderr: expect.stringMatching(says) });
      expect(tree.deployed(), String(says)).toEqual([]);
      for (const call of tree.calls())
        expect(call).toMatchObject({ env: "", config: expect.stringMatching(/\.toml$/) });
    }
  },
);

test(
  "a deploy that is stopped or killed leaves no secret in the temporary folder, and says what may be half-done",
  TIMEOUT,
  async () => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const) {
      const tree = treeOf({ databases: ["drawbridge"], hangs: true });
      tree.write(".deploy.vars", VARS);
      const child = tree.start();
      onTestFinished(() => void child.kill("SIGKILL"));
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
      await vi.waitFor(() => expect(tree.deployed()).toHaveLength(1), { timeout: 60_000 });
      // It has been handed over and read, and still no name leads to it.
      expect(tree.deployed()[0]?.secrets["SUBJECT_KEY"]).toBe(OLD_KEY);
      expect(tree.leftovers().filter((name) => /secret/.test(name))).toEqual([]);
      const closed = once(child, signal === "SIGKILL" ? "exit" : "close");
      const wrangler = childrenOf(child.pid ?? 0);
      child.kill(signal);
      await closed;
      expect(tree.leftovers().filter((name) => /secret/.test(name))).toEqual([]);
      // Nobody else ends what it had started.
      if (signal === "SIGKILL") for (const { pid } of wrangler) process.kill(pid, "SIGKILL");
      if (signal === "SIGKILL") continue;
      expect(said).toContain("Stopped during the upload: it may have arrived or not.");
      expect(tree.leftovers()).toEqual([]);
    }
  },
);

test("an account that answers oddly, and a migration that fails, get a cause and a next step", TIMEOUT, async () => {
  const odd = treeOf({ databases: [], secrets: [], odd: "<html>" });
  const silent = await odd.run();
  expect(silent).toMatchObject({ status: 1, stderr: expect.stringContaining("does not answer as it should") });
  expect(silent.stderr).not.toMatch(/^ +at /m);
  expect(odd.read(".deploy.vars")).toBeUndefined();
  const first = treeOf({ databases: [], migrationFails: true });
  first.write(".deploy.vars", VARS);
  const half = await first.run();
  expect(half).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("its database has no tables yet. Run npm run deploy again"),
  });
});

test("an entry that offers OpenID Connect alone is asked for its provider, not for GitHub's", TIMEOUT, async () => {
  const tree = treeOf({ databases: [] });
  for (const file of ["src/index.ts", "src/development.ts"]) {
    tree.write(file, (tree.read(file) ?? "").replaceAll(/\bgithub, | *github,\n/g, ""));
  }
  tree.edit({ 'GITHUB_CLIENT_ID = "client-of-ours"': "" });
  const { status, stdout, stderr } = await tree.run({}, "--dry-run");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/OIDC_ISSUER is not set[\s\S]*OIDC_CLIENT_SECRET/);
  expect(stdout).not.toContain("GITHUB");
});

test("a secret of the app's own is looked for on the Worker, not in the tree", TIMEOUT, async () => {
  const withToken = (account: Account) => {
    const tree = treeOf(account);
    const bindings = tree.read("src/bindings.ts") ?? "";
    const added = bindings
      .replace(
        /(?<=from "\.\/bridge\/index\.ts";\n)/,
        'import { setting } from "./bridge/index.ts";\nimport * as zod from "zod";\n',
      )
      .replace(
        "defineBindings({",
        'defineBindings({ ORDERS_TOKEN: setting(zod.string(), "wrangler secret put ORDERS_TOKEN"),',
      );
    tree.write("src/bindings.ts", added);
    return tree;
  };
  const without = withToken({ databases: ["drawbridge"], secrets: ALL });
  const rehearsed = await without.run({}, "--dry-run");
  expect(rehearsed).toMatchObject({ status: 0, stdout: expect.stringMatching(/Not looked at.*ORDERS_TOKEN/) });
  expect((await without.run()).stderr).toContain("ORDERS_TOKEN is neither in wrangler.toml nor a secret of the Worker");
  expect(without.deployed()).toEqual([]);
  const there = withToken({ databases: ["drawbridge"], secrets: [...ALL, "ORDERS_TOKEN"] });
  expect(await there.run()).toMatchObject({ status: 0, stderr: "" });
  expect(there.deployed()).toHaveLength(1);
});

test("a misspelt setting, and one of a part that the entry does not name, are refused by name", TIMEOUT, async () => {
  const account = { databases: ["drawbridge"], secrets: ALL };
  const misspelt = treeOf(account);
  misspelt.edit({ 'ENTITLED = "github:12345"': 'ENTITLED = "github:12345"\nREGISTRATON = "off"' });
  const { status, stderr } = await misspelt.run();
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining("REGISTRATON is no setting of this bridge, REGISTRATION is."),
  ]);
  const without = treeOf(account);
  without.edit({ 'ENTITLED = "github:12345"': 'ENTITLED = "github:12345"\nRETENTION_DAYS = "30"' });
  expect(await without.run()).toMatchObject({ status: 0 });
  const entry = without.read("src/index.ts") ?? "";
  without.write("src/index.ts", entry.replace(/\barchive, |, archive\b(?!\.)|^ *archive,\n/gm, ""));
  expect(await without.run()).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("RETENTION_DAYS is no setting of this bridge."),
  });
  expect([misspelt.deployed(), without.deployed().length]).toEqual([[], 1]);
});
