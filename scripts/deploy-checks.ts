// What a deployment needs, as lists of problems with their remedies. Looks at the tree alone: no network, no account, no prompt.
// A fault is something wrong in the tree; "to do" is what an adopter has not filled in yet.

import { join } from "node:path";
import { experimental_readRawConfig } from "wrangler";
import * as z from "zod";
import { isLoopback } from "../src/bridge/addresses.ts";
import type { App } from "../src/bridge/app/app.ts";
import { BASE, type Problem, settingsOver } from "../src/bridge/settings.ts";
import { GITHUB } from "../src/bridge/sign-in/github.ts";
import { loadApp } from "./app-shape.ts";
import { Failure } from "./command.ts";
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
export function secretsFor(config: Pick<Config, "main" | "vars">): readonly Secret[] {
  const oidc = (config.vars["OIDC_ISSUER"] ?? "") !== "" || !wantsGithub(config);
  return [...ALWAYS, ...OF_PROVIDERS.filter((name) => (name === "OIDC_CLIENT_SECRET" ? oidc : wantsGithub(config)))];
}

/** It is set up, or the entry offers it and no other provider is. */
function wantsGithub({ main = "src/index.ts", vars }: Pick<Config, "main" | "vars">): boolean {
  if ((vars["GITHUB_CLIENT_ID"] ?? "") !== "") return true;
  return fragmentsOf(main).includes(GITHUB) && (vars["OIDC_ISSUER"] ?? "") === "";
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
  /** Settings of the app that wrangler.toml does not name: secrets of the Worker, or forgotten. */
  readonly absent: readonly Problem[];
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
  const config = readConfig();
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

function readConfig(): z.infer<typeof CONFIG> {
  try {
    return CONFIG.parse(experimental_readRawConfig({ config: join(ROOT, "wrangler.toml") }).rawConfig);
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const why = issue === undefined ? String(error).split("\n")[0] : `${issue.path.join(".")}: ${issue.message}`;
    throw new Failure(`wrangler.toml cannot be read (${why}): mend that first.`);
  }
}

export async function checkTree(runner: Runner): Promise<Findings> {
  const config = loadConfig();
  const { name, main } = config;
  const settings = checkSettings(config, await loadApp());
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
    absent: settings.absent,
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
function checkSettings(config: Config, app: App): Pick<Findings, "faults" | "todo" | "absent" | "notes"> {
  const { main = "src/index.ts", vars, bindings } = config;
  const github = wantsGithub(config);
  const filled = Object.fromEntries(Object.entries(vars).filter(([, value]) => value !== ""));
  const secrets = Object.fromEntries(secretsFor(config).map((name) => [name, randomSecret()]));
  const bound = Object.fromEntries(bindings.map((name) => [name, {}]));
  const stand = {
    PUBLIC_URL: "https://unset.invalid",
    ...(github ? { GITHUB_CLIENT_ID: "unset" } : {}),
    ...(github || "OIDC_ISSUER" in filled ? {} : { OIDC_ISSUER: "https://unset.invalid", OIDC_CLIENT_ID: "unset" }),
  };
  const load = settingsOver(app, fragmentsOf(main));
  const outcome = load({ ...stand, ...filled, ...secrets, ...bound });
  const problems = "problems" in outcome ? outcome.problems : outcome.settings.unknown;
  const isAbsent = ({ setting, problem }: Problem) =>
    setting in app.bindings && !(setting in vars) && problem !== "is not bound";
  const faults = problems.filter((one) => !isAbsent(one));
  const origin = String(filled["PUBLIC_URL"] ?? stand.PUBLIC_URL);
  if (URL.canParse(origin) && isLoopback(new URL(origin).hostname)) {
    faults.push({
      setting: "PUBLIC_URL",
      problem: "is a loopback address",
      fix: "set it to the bridge's https origin",
    });
  }
  const met = (setting: string) => setting in filled || setting === (github ? "OIDC_ISSUER" : "GITHUB_CLIENT_ID");
  const people = [...String(filled["ENTITLED"] ?? "").split(/[\s,]+/), ...app.people.map(({ who }) => who)];
  return {
    faults,
    absent: problems.filter(isAbsent),
    todo: TO_FILL_IN.filter(({ setting }) => !met(setting)),
    notes: notesOn(people, { github: "GITHUB_CLIENT_ID" in filled }),
  };
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
    setting: "OIDC_ISSUER",
    problem: "is not set",
    fix: "in wrangler.toml, with OIDC_CLIENT_ID: the issuer of your provider, exactly as it calls itself",
  },
  {
    setting: "ENTITLED",
    problem: "is empty: nobody could enter",
    fix: 'in wrangler.toml, at least one user, e.g. ENTITLED = "github:583231"',
  },
];
