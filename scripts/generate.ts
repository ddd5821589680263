// Writes what is derived: POLICY.md and the table in README.md from the policy, and the tables of rooms and of settings in the
// documents. With --check it writes nothing and fails when one is stale, so that a change of authority is always a visible diff.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { LISTS } from "../src/bridge/app/entitlements.ts";
import { ROOM_SETTINGS } from "../src/bridge/fragments.ts";
import { canonical } from "../src/bridge/gate/canonical.ts";
import { annotationsOf } from "../src/bridge/mcp/register.ts";
import { schemaOf } from "../src/bridge/schemas/schema.ts";
import type { Fragment } from "../src/bridge/setting.ts";
import { BASE } from "../src/bridge/settings.ts";
import { loadApp } from "./app-shape.ts";
import { Failure, readCommand } from "./command.ts";
import { lookAlikes } from "./look-alikes.ts";
import { ROOMS } from "./rooms.ts";
import { OF_WORDS } from "./settings.ts";

const { values } = readCommand({
  name: "npm run generate",
  does: "Makes POLICY.md anew from the policy, and the tables in README.md and in the documents.",
  options: { check: { type: "boolean", is: "writes nothing, and ends with 1 where one is stale" } },
  example: "npm run generate && git diff POLICY.md",
});
const { policy, scopes } = await loadApp();
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

/** Puts a table between its markers. */
function withTable(file: string, name: string, table: string): string {
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
  const [before = "", rest] = readFileSync(file, "utf8").split(start);
  if (rest === undefined || !rest.includes(end))
    throw new Failure(`${file} has lost its markers ${start.trim()} and ${end}`);
  return `${before}${start}${table}\n${end}${rest.split(end).slice(1).join(end)}`;
}

function settingsTable(): string {
  const of = (fragments: readonly Fragment[], word: string) =>
    fragments.flatMap(({ settings }) =>
      Object.entries(settings).map(([name, { where, is }]) => `| \`${name}\` | ${where} | ${word} | ${is} |`),
    );
  const lines = [
    ...of([BASE, LISTS, ...ROOM_SETTINGS], ""),
    ...Object.entries(OF_WORDS).flatMap(([word, one]) => of([one], `\`${word}\``)),
  ];
  return ["| setting | where | with | what |", "|---|---|---|---|", ...lines].join("\n");
}

function roomsTable(): string {
  const lines = ROOMS.map(({ name, is }) => `| \`${name.endsWith(".ts") ? name : `${name}/`}\` | ${is} |`);
  return ["| room of `src/bridge` | is |", "|---|---|", ...lines].join("\n");
}

/** Files of recipes, as they stand. */
function withRecipes(page: string): string {
  return page.replace(/(<!-- recipe (\S+) (\S+) -->\n)[\s\S]*?(<!-- \/recipe -->)/g, (_, start, name, file, end) => {
    const code = readFileSync(`test/bridge/recipes/${name}/${file}`, "utf8").replaceAll(
      /(\.\.\/)+src\/bridge\//g,
      "../bridge/",
    );
    return `${start}\`\`\`ts\n${code.trim()}\n\`\`\`\n${end}`;
  });
}

const outputs = {
  "docs/cookbook.md": withRecipes(readFileSync("docs/cookbook.md", "utf8")),
  "src/bridge/oauth/look-alikes.ts": lookAlikes(),
  "POLICY.md": policyPage(),
  "README.md": withTable("README.md", "policy", policyTable()),
  "docs/architecture.md": withTable("docs/architecture.md", "rooms", roomsTable()),
  "docs/operations.md": withTable("docs/operations.md", "settings", settingsTable()),
};
const stale = Object.entries(outputs).filter(([path, text]) => read(path) !== text);

if (values.check) {
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
