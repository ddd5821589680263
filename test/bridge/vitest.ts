// Kinds of tests: `pure` runs in Node, `worker` in workerd against the whole Worker in process, `clients` starts the bridge as a
// newcomer would and drives real client packages against it; all of them over test/bridge/fixture. `app` runs in workerd over the
// adopter's own app. `browser` needs Chromium: `npm run test:browser`.

import type { D1Migration } from "cloudflare:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import type { ViteUserConfig } from "vitest/config";
import { ClientsTable } from "./support/clients-table.ts";
import { GITHUB_CLIENT } from "./support/github-double.ts";
import { OIDC_CLIENT } from "./support/oidc-double.ts";

const OWN = {
  PUBLIC_URL: "http://127.0.0.1:8787",
  DRAWBRIDGE_SECRET: "test-secret-".repeat(4),
  SUBJECT_KEY: "test-subject-key-".repeat(3),
  // Whole suites call as one user; test/bridge/ledger shows what the budgets themselves do.
  BUDGET_FACTOR: "1000",
};
const SETTINGS = {
  ...OWN,
  OIDC_CLIENT_ID: OIDC_CLIENT.id,
  OIDC_CLIENT_SECRET: OIDC_CLIENT.secret,
  OIDC_LABEL: "Example ID",
  GITHUB_CLIENT_ID: GITHUB_CLIENT.id,
  GITHUB_CLIENT_SECRET: GITHUB_CLIENT.secret,
};

/** The plugin itself imports `env`. What the flag does is tested in test/bridge/clients, under the configuration as it is. */
function withoutFlag(config: string, as: string): string {
  const path = `./.wrangler/${as}.toml`;
  mkdirSync("./.wrangler", { recursive: true });
  const lines = readFileSync(config, "utf8").split("\n");
  writeFileSync(path, lines.filter((line) => !line.includes("disallow_importable_env")).join("\n"));
  return path;
}

/** The migrations of each database of a configuration, by its binding. */
async function migrationsOf(config: string): Promise<Record<string, D1Migration[]>> {
  const blocks = readFileSync(config, "utf8").split(/^(?=\[)/m);
  const databases = blocks.flatMap((block) => {
    const [, binding] = /^\[\[d1_databases\]\][\s\S]*?^binding = "(\w+)"/m.exec(block) ?? [];
    const [, folder] = /^migrations_dir = "([^"]+)"/m.exec(block) ?? [];
    return binding === undefined || folder === undefined ? [] : [[binding, folder] as const];
  });
  return Object.fromEntries(
    await Promise.all(databases.map(async ([binding, folder]) => [binding, await readD1Migrations(folder)] as const)),
  );
}

/** The tests of the bridge; an adopter adds projects of their own in vitest.config.ts. `appSettings`: as the app's own tests see them. */
export async function bridgeTests(appSettings: Readonly<Record<string, string>> = {}): Promise<ViteUserConfig> {
  return {
    logLevel: "error",
    test: {
      silent: "passed-only",
      // Vitest's own default leaves one core free, which on two cores is half of them.
      maxWorkers: Math.max(2, availableParallelism() - 1),
      reporters: ["default", new ClientsTable()],
      projects: [
        // Of this repository as it is published; an adopter's tests are none of these.
        {
          test: {
            name: "template",
            include: ["test/template/**/*.test.ts"],
            testTimeout: 120_000,
            hookTimeout: 60_000,
          },
        },
        {
          test: {
            name: "pure",
            include: ["test/bridge/{gate,audit,upgrade,recipes}/**/*.test.ts"],
            testTimeout: 60_000,
          },
        },
        {
          plugins: [
            cloudflareTest(({ inject }) => {
              const [githubUrl, oidcUrl] = [inject("githubUrl"), inject("oidcUrl")];
              const people = ["github:583231", "github-org:9919", `oidc:${oidcUrl}#kay`];
              const ENTITLED = [...people, "mail:grace@school.test", "mail-domain:example.com"].join(" ");
              return {
                main: "./test/bridge/support/worker-entry.ts",
                wrangler: { configPath: withoutFlag("./test/bridge/fixture/wrangler.toml", "bridge") },
                miniflare: {
                  // The plain servers of test/bridge/bench/plain, for test/bridge/attacks/plain.test.ts.
                  kvNamespaces: ["PLAIN_KV"],
                  durableObjects: { MCP_OBJECT: { className: "PlainMcp", useSQLite: true } },
                  // Bound in tests only: the configuration leaves R2 to who enables it.
                  r2Buckets: ["ARCHIVE"],
                  bindings: {
                    ...SETTINGS,
                    ENTITLED,
                    GITHUB_URL: githubUrl,
                    GITHUB_API_URL: githubUrl,
                    OIDC_ISSUER: oidcUrl,
                    // As in test/bridge/support/pages.ts, which answers for them.
                    WEB_HOSTS: "docs.example.com blog.example.org",
                    // Takes everything; test/bridge/ledger/notices.test.ts stands in for it and looks.
                    NOTIFY_URL: inject("noticesUrl"),
                  },
                },
              };
            }),
          ],
          test: {
            name: "worker",
            include: ["test/bridge/{flow,attacks,ledger}/**/*.test.ts"],
            setupFiles: ["test/bridge/support/worker-setup.ts"],
            // Or a line logged after the last test of a file can keep the run from ever ending: test/bridge/support/log.ts.
            disableConsoleIntercept: true,
            globalSetup: ["test/bridge/support/worker-globals.ts"],
            // No test measures time; a busy computer is no failure.
            testTimeout: 60_000,
            // Read here and not in the global setup: there, loading the plugin again takes half a minute.
            provide: {
              migrations: await readD1Migrations("test/bridge/fixture/migrations"),
              control: await readD1Migrations("src/bridge/migrations"),
              threatModel: readFileSync("docs/threat-model.md", "utf8"),
            },
          },
        },
        {
          plugins: [
            cloudflareTest({
              main: "./src/development.ts",
              wrangler: { configPath: withoutFlag("./wrangler.toml", "app") },
              // Development sign-in only, whatever the configuration names.
              miniflare: {
                bindings: { ...OWN, GITHUB_CLIENT_ID: "", OIDC_ISSUER: "", OIDC_CLIENT_ID: "", ...appSettings },
              },
            }),
          ],
          test: {
            name: "app",
            include: ["test/app/**/*.test.ts"],
            setupFiles: ["test/bridge/support/app-setup.ts"],
            disableConsoleIntercept: true,
            testTimeout: 60_000,
            provide: { databases: await migrationsOf("wrangler.toml") },
          },
        },
        {
          test: {
            name: "clients",
            include: ["test/bridge/clients/**/*.test.ts"],
            globalSetup: ["test/bridge/support/shared-bridge.ts"],
            testTimeout: 120_000,
            hookTimeout: 120_000,
          },
        },
        {
          test: {
            name: "browser",
            include: ["test/bridge/browser/**/*.test.ts"],
            testTimeout: 60_000,
            hookTimeout: 120_000,
            fileParallelism: false,
          },
        },
      ],
    },
  };
}
