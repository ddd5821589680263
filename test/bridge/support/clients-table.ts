// docs/clients.md, made from what the client tests saw in this run, and from the recorded shapes. A whole run of them fails when
// the page says something else; `npx vitest run --project clients -u` writes it anew.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { ROOT } from "../../../scripts/wrangler.ts";
import { SHAPES } from "../clients/shapes/all.ts";
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
      return `| ${row.client} | ${versionOf(row.package)} | ${row.version} | ${lists} | ${row.refused} | ${row.consents} |`;
    });
  return `# Clients

Made by the tests of real clients (\`npx vitest run --project clients -u\`); do not edit. \`npm test\` fails when it is stale.

## Packages

The client itself runs in the tests. Each row
starts from nothing (Claude Desktop starts mcp-remote as its bridge): discovery, registration, consent with notes:read ticked, sign-in, token, list, a search, then a write that
the token does not cover, and the same write once its user has ticked notes:write.

| client | version | protocol | lists | a write without its scope | consent pages until it wrote |
|---|---|---|---|---|---|
${lines.join("\n")}
${shapesSection()}`;
}

/** What clients send that are not run here: less than the client itself, more than nothing. */
function shapesSection(): string {
  const lines = SHAPES.map(({ name, version, source, identity }) => {
    const who = "url" in identity ? `names itself as <${identity.url}>` : "registers";
    return `| ${name} | ${version} | ${source} | ${who} |`;
  });
  return `
## Recorded shapes

The client does not run in the tests: its requests do, as they were recorded or are known from elsewhere (\`test/bridge/clients/shapes/\` says
from where, and what is a guess). Each goes from a first request without a token through consent, sign-in, token, list and a search to a refresh and
the search once more (\`test/bridge/flow/client-shapes.test.ts\`).

| client | version | known | to this bridge it |
|---|---|---|---|
${lines.join("\n")}
`;
}

function versionOf(name: string): string {
  return JSON.parse(readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8")).version;
}
