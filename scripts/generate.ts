// Writes what is derived from the policy table: POLICY.md and the table in README.md. With --check it writes nothing and
// fails when either is stale, so that a change of authority is always a visible diff.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { app } from "../src/app.ts";
import { canonical } from "../src/bridge/gate/canonical.ts";
import { annotationsOf } from "../src/bridge/mcp/register.ts";
import { schemaOf } from "../src/bridge/schemas/schema.ts";
import { ROOMS } from "./rooms.ts";

const { policy, scopes } = app;
const rows = Object.entries(policy);

/** Everything a model is told about a tool, and every word of its rule. When it changes, the users who trusted it should look again. */
function manifestHash(): string {
  const manifest = rows.map(([name, rule]) => ({
    name,
    title: rule.title,
    description: rule.description,
    input: schemaOf(rule, "input"),
    output: schemaOf(rule, "output"),
    annotations: annotationsOf(rule),
    rule: wordsOf(rule),
  }));
  return createHash("sha256").update(canonical(manifest)).digest("hex");
}

/** Every word of a rule, the effect's own budget included. */
function wordsOf({ scope, effect, untrusted, reaches, approval, uses, budget }: (typeof rows)[number][1]) {
  const { perMinute, perDay, repeats } = budget;
  return {
    scope,
    effect,
    output: untrusted ? "untrusted" : "own",
    reaches,
    approval,
    capability: uses?.name ?? "",
    plan: uses?.plan ?? "",
    budget: `${perMinute} a minute, ${perDay} a day, ${repeats} alike`,
  };
}

/** The short table: who may do what. */
function policyTable(): string {
  const lines = rows.map(
    ([name, rule]) =>
      `| \`${name}\` | \`${rule.scope}\` | ${rule.effect} | ${APPROVALS[rule.approval]} | ${rule.description} |`,
  );
  return ["| tool | scope | effect | the user approves | what it does |", "|---|---|---|---|---|", ...lines].join("\n");
}

function ruleTable(): string {
  const lines = rows.map(([name, rule]) => {
    const { capability, plan, output, reaches, budget } = wordsOf(rule);
    const code = (word: string) => (word === "" ? "" : `\`${word}\``);
    return `| \`${name}\` | ${output} | ${reaches} | ${code(capability)} | ${code(plan)} | ${budget} |`;
  });
  return [
    "| tool | output | reaches | capability | plan's capability | budget for each client |",
    "|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

const APPROVALS = { always: "each call", tainted: "after untrusted text", never: "" } as const;

const OFFERS = {
  always: "part of every connection",
  ticked: "ticked beforehand",
  asked: "ticked if the app asked for it",
  never: "never ticked beforehand",
} as const;

function scopeTable(): string {
  const lines = scopes.all.map((scope) => {
    const { may, risk, offer } = scopes.entry(scope);
    const tools = rows.filter(([, rule]) => rule.scope === scope).map(([name]) => `\`${name}\``);
    return `| \`${scope}\` | This app may ${may}. | ${risk} | ${OFFERS[offer]} | ${tools.join(", ")} |`;
  });
  return [
    "| scope | what the user reads | risk | on the consent page | opens |",
    "|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function policyPage(): string {
  return `# Policy

Made from \`src/policy.ts\` and \`src/scopes.ts\` by \`npm run generate\`; \`npm run check\` fails when it is stale.
What has no rule here does not exist. No scope implies another.

## Tools

${policyTable()}

The other words of each rule. \`own\` output was written by the user or the bridge, \`untrusted\` by others. A budget counts the calls of one client;
"alike" is how often the very same call may be made in a minute.

${ruleTable()}

## Scopes

${scopeTable()}

## Manifest

SHA-256 over every name, description, schema and annotation that a model is shown, and every word of each rule:
\`${manifestHash()}\`
`;
}

function readmeWithTable(readme: string): string {
  return readme.replace(
    /(<!-- policy -->\n)[\s\S]*?(<!-- \/policy -->)/,
    (_, start: string, end: string) => `${start}${policyTable()}\n${end}`,
  );
}

function withRooms(page: string): string {
  const lines = ROOMS.map(({ name, is }) => `| \`${name.endsWith(".ts") ? name : `${name}/`}\` | ${is} |`);
  const table = ["| room of `src/bridge` | is |", "|---|---|", ...lines].join("\n");
  return page.replace(
    /(<!-- rooms -->\n)[\s\S]*?(<!-- \/rooms -->)/,
    (_, start: string, end: string) => `${start}${table}\n${end}`,
  );
}

const outputs = {
  "POLICY.md": policyPage(),
  "README.md": readmeWithTable(readFileSync("README.md", "utf8")),
  "docs/architecture.md": withRooms(readFileSync("docs/architecture.md", "utf8")),
};
const stale = Object.entries(outputs).filter(([path, text]) => read(path) !== text);

if (process.argv.includes("--check")) {
  for (const [path] of stale) console.error(`${path} is stale: run npm run generate and look at the diff.`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of stale) writeFileSync(path, text);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
