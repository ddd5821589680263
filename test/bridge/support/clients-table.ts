// docs/clients.md, made from what the client tests saw in this run. A whole run of them fails when the page says something else;
// `npx vitest run --project clients -u` writes it anew.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { ROOT } from "../../../scripts/wrangler.ts";
import type { ClientRow } from "./witness.ts";

const PAGE = join(ROOT, "docs/clients.md");
const ORDER = [
  "mcp-remote",
  "@modelcontextprotocol/inspector",
  "@modelcontextprotocol/sdk",
  "@modelcontextprotocol/client",
  "agents",
];

export class ClientsTable implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const clients = modules.filter(({ project }) => project.name === "clients");
    const tests = clients.flatMap((module) => [...module.children.allTests()]);
    const rows = tests.flatMap((test) => test.meta().client ?? []);
    const whole = ORDER.every((name) => rows.some((row) => row.package === name));
    if (!whole || tests.some((test) => test.result().state !== "passed")) return;
    const page = pageOf(rows);
    if (readFileSync(PAGE, { encoding: "utf8", flag: "a+" }) === page) return;
    if (this.#vitest?.config.snapshotOptions.updateSnapshot === "all") {
      writeFileSync(PAGE, page);
      return;
    }
    this.#vitest?.logger.error(
      "docs/clients.md is not what this run saw. Write it anew: npx vitest run --project clients -u",
    );
    process.exitCode = 1;
  }
}

function pageOf(rows: readonly ClientRow[]): string {
  const place = (row: ClientRow) => ORDER.indexOf(row.package);
  const lines = rows
    .toSorted((a, b) => place(a) - place(b) || a.client.localeCompare(b.client))
    .map((row) => {
      const named = (how: string) => Object.keys(row.tools).filter((name) => row.tools[name] === how);
      const lists = `${named("open").length} open, ${named("locked").length} locked`;
      return `| ${row.client} | ${versionOf(row.package)} | ${row.era} | ${lists} | ${row.refused} | ${row.consents} |`;
    });
  return `# Clients

Made by the tests of real clients (\`npx vitest run --project clients -u\`); do not edit. \`npm test\` fails when it is stale. Each row
starts from nothing (Claude Desktop starts mcp-remote as its bridge): discovery, registration, consent with notes:read ticked, sign-in, token, list, a search, then a write that
the token does not cover, and the same write once its person has ticked notes:write.

| client | version | protocol | lists | a write without its scope | consent pages until it wrote |
|---|---|---|---|---|---|
${lines.join("\n")}
`;
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
}
