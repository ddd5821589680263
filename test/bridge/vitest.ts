// Kinds of tests: `pure` runs in Node, `worker` in workerd against the whole Worker in process, `clients` starts the bridge as a
// newcomer would and drives real client packages against it. `browser` needs Chromium: `npm run test:browser`.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import type { ViteUserConfig } from "vitest/config";
import { ClientsTable } from "./support/clients-table.ts";
import { GITHUB_CLIENT } from "./support/github-double.ts";
import { OIDC_CLIENT } from "./support/oidc-double.ts";

const SETTINGS = {
  PUBLIC_URL: "http://127.0.0.1:8787",
  DRAWBRIDGE_SECRET: "test-secret-".repeat(4),
  SUBJECT_KEY: "test-subject-key-".repeat(3),
  // Whole suites call as one person; test/bridge/ledger shows what the budgets themselves do.
  BUDGET_FACTOR: "1000",
  OIDC_CLIENT_ID: OIDC_CLIENT.id,
  OIDC_CLIENT_SECRET: OIDC_CLIENT.secret,
  OIDC_LABEL: "Example ID",
  GITHUB_CLIENT_ID: GITHUB_CLIENT.id,
  GITHUB_CLIENT_SECRET: GITHUB_CLIENT.secret,
};

/** The plugin itself imports `env`. What the flag does is tested in test/bridge/clients, under wrangler.toml as it is. */
function withoutFlag(flag: string): string {
  const path = "./.wrangler/vitest.toml";
  mkdirSync("./.wrangler", { recursive: true });
  const lines = readFileSync("./wrangler.toml", "utf8").split("\n");
  writeFileSync(path, lines.filter((line) => !line.includes(flag)).join("\n"));
  return path;
}

/** The tests of the bridge; an adopter adds projects of their own in vitest.config.ts. */
export const bridgeTests: ViteUserConfig = {
  logLevel: "error",
  test: {
    silent: "passed-only",
    // Vitest's own default leaves one core free, which on two cores is half of them.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: ["default", new ClientsTable()],
    projects: [
      { test: { name: "pure", include: ["test/bridge/{gate,audit,recipes,adopt}/**/*.test.ts"] } },
      {
        plugins: [
          cloudflareTest(({ inject }) => {
            const [githubUrl, oidcUrl] = [inject("githubUrl"), inject("oidcUrl")];
            const people = ["github:583231", "github-org:9919", `oidc:${oidcUrl}#kay`];
            const ENTITLED = [...people, "mail:grace@school.test", "mail-domain:example.com"].join(" ");
            return {
              main: "./test/bridge/support/worker-entry.ts",
              wrangler: { configPath: withoutFlag("disallow_importable_env") },
              miniflare: {
                // The plain servers of test/bridge/bench/plain, for test/bridge/attacks/plain.test.ts.
                kvNamespaces: ["PLAIN_KV"],
                durableObjects: { MCP_OBJECT: { className: "PlainMcp", useSQLite: true } },
                // Bound in tests only: wrangler.toml leaves R2 to who enables it.
                r2Buckets: ["ARCHIVE"],
                bindings: {
                  MCP_RESOURCE: `${SETTINGS.PUBLIC_URL}/mcp`,
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
            migrations: await readD1Migrations("migrations"),
            control: await readD1Migrations("src/bridge/migrations"),
            threatModel: readFileSync("docs/threat-model.md", "utf8"),
          },
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
