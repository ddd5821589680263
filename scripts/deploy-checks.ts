// What a deployment needs, as lists of problems with their remedies. Looks at the tree alone: no network, no account, no prompt.
// A fault is something wrong in the tree; "to do" is what an adopter has not filled in yet.

import { join } from "node:path";
import { experimental_readRawConfig } from "wrangler";
import * as z from "zod";
import { app } from "../src/app.ts";
import { isLoopback } from "../src/bridge/addresses.ts";
import { BASE, type Problem, settingsOver } from "../src/bridge/settings.ts";
import { type Bundle, checkBundle } from "./deploy-bundle.ts";
import { checkChosen } from "./deploy-chosen.ts";
import { checkNames, type Names } from "./deploy-names.ts";
import { notesOn } from "./deploy-notes.ts";
import type { Runner } from "./deploy-run.ts";
import { importsLeftOut } from "./left-out.ts";
import { fragmentsOf, OF_WORDS } from "./settings.ts";
import { ROOT, randomSecret } from "./wrangler.ts";

const ALWAYS = ["DRAWBRIDGE_SECRET", "SUBJECT_KEY"] as const;
const OF_PROVIDERS = ["GITHUB_CLIENT_SECRET", "OIDC_CLIENT_SECRET"] as const;
export type Secret = (typeof ALWAYS)[number] | (typeof OF_PROVIDERS)[number];

/** The secrets that this wrangler.toml calls for. */
export function secretsFor({ vars }: Pick<Config, "vars">): readonly Secret[] {
  const named = (name: string) => (vars[name] ?? "") !== "";
  const github = named("GITHUB_CLIENT_ID") || !named("OIDC_ISSUER");
  return [
    ...ALWAYS,
    ...OF_PROVIDERS.filter((name) => (name === "GITHUB_CLIENT_SECRET" ? github : named("OIDC_ISSUER"))),
  ];
}

/** Each of these carries a promise of the threat model; why stands beside it in wrangler.toml. */
const FLAGS = [
  "nodejs_compat",
  "global_fetch_strictly_public",
  "nodejs_compat_do_not_populate_process_env",
  "disallow_importable_env",
];

export interface Findings {
  readonly faults: readonly Problem[];
  readonly todo: readonly Problem[];
  readonly notes: readonly string[];
  /** What was built and looked at: the file to upload. `undefined` when it must not be. */
  readonly script: string | undefined;
}

/** What of wrangler.toml matters here. */
const CONFIG = z.object({
  name: z.string().optional(),
  main: z.string().optional(),
  workers_dev: z.boolean().optional(),
  preview_urls: z.boolean().optional(),
  compatibility_flags: z.array(z.string()).default([]),
  vars: z.record(z.string(), z.unknown()).default({}),
  kv_namespaces: z.array(z.object({ binding: z.string() })).default([]),
  r2_buckets: z.array(z.object({ binding: z.string() })).default([]),
  ratelimits: z.array(z.object({ name: z.string() })).default([]),
  d1_databases: z.array(z.object({ binding: z.string(), database_name: z.string().optional() })).default([]),
  durable_objects: z
    .object({ bindings: z.array(z.object({ name: z.string() })).default([]) })
    .default({ bindings: [] }),
});

interface Config {
  readonly name: string | undefined;
  readonly main: string | undefined;
  readonly flags: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
  readonly bindings: readonly string[];
  /** D1: binding and name. */
  readonly databases: readonly { readonly binding: string; readonly name: string | undefined }[];
  readonly names: Names;
}

export function loadConfig(): Config {
  const config = CONFIG.parse(experimental_readRawConfig({ config: join(ROOT, "wrangler.toml") }).rawConfig);
  return {
    name: config.name,
    main: config.main,
    flags: config.compatibility_flags,
    vars: config.vars,
    bindings: [
      ...config.kv_namespaces.map(({ binding }) => binding),
      ...config.d1_databases.map(({ binding }) => binding),
      ...config.r2_buckets.map(({ binding }) => binding),
      ...config.ratelimits.map(({ name }) => name),
      ...config.durable_objects.bindings.map(({ name }) => name),
    ],
    databases: config.d1_databases.map(({ binding, database_name: name }) => ({ binding, name })),
    names: {
      workers_dev: config.workers_dev,
      preview_urls: config.preview_urls,
      publicUrl: String(config.vars["PUBLIC_URL"] ?? "") || undefined,
    },
  };
}

export async function checkTree(runner: Runner): Promise<Findings> {
  const config = loadConfig();
  const { name, main } = config;
  const settings = checkSettings(config);
  const bundle = main === undefined ? NO_MAIN : await checkBundle(main, runner);
  return {
    faults: [
      ...checkChosen(name),
      ...checkFlags(config),
      ...importsLeftOut(),
      ...checkNames(config.names),
      ...checkNoSecretInConfig(config),
      ...settings.faults,
      ...bundle.faults,
    ],
    todo: settings.todo,
    notes: [...bundle.notes, ...settings.notes],
    script: bundle.script,
  };
}

const NO_MAIN: Bundle = {
  faults: [{ setting: "main", problem: "is not set", fix: 'set main = "src/index.ts" in wrangler.toml' }],
  notes: [],
};

function checkFlags({ flags }: Config): readonly Problem[] {
  const missing = FLAGS.filter((flag) => !flags.includes(flag));
  return missing.map((flag) => ({
    setting: "compatibility_flags",
    problem: `lacks ${flag}`,
    fix: "put it back into wrangler.toml: the threat model counts on it",
  }));
}

function checkNoSecretInConfig({ vars }: Config): readonly Problem[] {
  const all = [BASE, ...Object.values(OF_WORDS)].flatMap(({ settings }) => Object.entries(settings));
  const exposed = all.filter(([name, { where }]) => where === "secret" && name in vars);
  return exposed.map(([setting]) => ({
    setting,
    problem: "stands in wrangler.toml, where everybody who has the repository reads it",
    fix: `take it out, make a new one, and give it to the Worker: npx wrangler secret put ${setting}`,
  }));
}

/** The Worker's own parser, on what wrangler.toml says, as if every secret were set. */
function checkSettings({ main, vars, bindings }: Config): Pick<Findings, "faults" | "todo" | "notes"> {
  const filled = Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== ""));
  const secrets = Object.fromEntries(secretsFor({ vars }).map((name) => [name, randomSecret()]));
  const bound = Object.fromEntries(bindings.map((name) => [name, {}]));
  const stand = {
    PUBLIC_URL: "https://unset.invalid",
    ...("OIDC_ISSUER" in filled ? {} : { GITHUB_CLIENT_ID: "unset" }),
  };
  const load = settingsOver(app, fragmentsOf(main ?? "src/index.ts"));
  const outcome = load({ ...stand, ...filled, ...secrets, ...bound });
  const faults = [...("problems" in outcome ? outcome.problems : outcome.settings.unknown)];
  if (!("problems" in outcome) && isLoopback(outcome.settings.publicUrl.hostname)) {
    faults.push({
      setting: "PUBLIC_URL",
      problem: "is a loopback address",
      fix: "set it to the bridge's https origin",
    });
  }
  const met = (setting: string) => setting in filled || (setting === "GITHUB_CLIENT_ID" && "OIDC_ISSUER" in filled);
  const people = [...String(filled["ENTITLED"] ?? "").split(/[\s,]+/), ...app.people.map(({ who }) => who)];
  const notes = notesOn(people, { github: "GITHUB_CLIENT_ID" in filled });
  return { faults, todo: TO_FILL_IN.filter(({ setting }) => !met(setting)), notes };
}

const TO_FILL_IN: readonly Problem[] = [
  {
    setting: "PUBLIC_URL",
    problem: "is not set",
    fix: "in wrangler.toml, the one https origin people will use, e.g. https://drawbridge.<your-subdomain>.workers.dev",
  },
  {
    setting: "GITHUB_CLIENT_ID",
    problem: "is not set",
    fix: "make an OAuth app at https://github.com/settings/developers with PUBLIC_URL as its homepage (docs/operations.md names the callback), and put its client id into wrangler.toml; or use another provider: OIDC_ISSUER and OIDC_CLIENT_ID",
  },
  {
    setting: "ENTITLED",
    problem: "is empty: nobody could enter",
    fix: 'in wrangler.toml, at least one person, e.g. ENTITLED = "github:583231"',
  },
];
