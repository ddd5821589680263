// `npm run deploy`: from a filled-in wrangler.toml to a serving bridge. Names everything that is missing, all at once, before it
// changes anything. `npm run deploy -- --dry-run` does the part that needs no account and no network; CI runs that.
//
// Secrets the Worker does not have yet go up together with the code (`--secrets-file`), so that a first deploy needs no Worker
// to put them on and is never up without them. They come from .deploy.vars, which is made here once. One that the Worker has is
// left alone: a new SUBJECT_KEY would make everybody a new person.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Problem } from "../src/bridge/settings.ts";
import { providerProblem } from "../src/bridge/sign-in/discovery.ts";
import { checkTree, type Findings, loadConfig, type Secret, secretsFor } from "./deploy-checks.ts";
import { ROOT, randomSecret, readVars, runWrangler } from "./wrangler.ts";

const FILE = ".deploy.vars";
const HOW = {
  DRAWBRIDGE_SECRET: `openssl rand -base64 32, then write it into ${FILE} as DRAWBRIDGE_SECRET=...`,
  SUBJECT_KEY: `the key this bridge had before, or for a new bridge: openssl rand -base64 32; write it into ${FILE} as SUBJECT_KEY=...`,
  GITHUB_CLIENT_SECRET: `generate a client secret on the page of your GitHub OAuth app and write it into ${FILE}`,
  OIDC_CLIENT_SECRET: `take the client secret that your provider shows for the bridge and write it into ${FILE}`,
} as const satisfies Readonly<Record<Secret, string>>;
const SECRETS = secretsFor(loadConfig());

const { values } = parseArgs({ options: { "dry-run": { type: "boolean", default: false } } });
const findings = checkTree();
for (const note of findings.notes) console.log(note);
process.exitCode = values["dry-run"] ? rehearse(findings) : await deploy(findings);

function rehearse({ faults, todo }: Findings): number {
  if (faults.length > 0) return refuse(faults);
  console.log(
    "The code can be deployed: it builds, its flags and bindings are there, development sign-in is not in it.",
  );
  if (todo.length > 0) console.log(`\nStill to do before a real deploy:\n${list(todo)}`);
  console.log(`\nNot looked at, because that needs an account: the secrets ${SECRETS.join(", ")}.`);
  if (issuer() !== "") console.log("Not looked at, because that needs the network: whether OIDC_ISSUER answers.");
  return 0;
}

function issuer(): string {
  return String(loadConfig().vars["OIDC_ISSUER"] ?? "");
}

async function deploy({ faults, todo }: Findings): Promise<number> {
  const worker = secretsOnWorker();
  const secrets = "problem" in worker ? { upload: {}, problems: [worker.problem] } : secretsToUpload(worker.names);
  // A wrong provider is named here, not at somebody's first sign-in. (A wrong client secret shows only there.)
  const provider = issuer() === "" || faults.length > 0 ? undefined : await providerProblem(issuer());
  const problems = [...faults, ...todo, ...secrets.problems, ...(provider === undefined ? [] : [provider])];
  if (problems.length > 0) return refuse(problems);

  // Wrangler creates the database with the first deploy; from then on it must be ready before the code that counts on it.
  const existed = databaseExists();
  if (existed && !migrate()) return 1;
  if (!upload(secrets.upload)) return 1;
  if (!existed && !migrate()) return 1;
  console.log("\nDeployed.");
  if ("SUBJECT_KEY" in secrets.upload) {
    console.log(`Keep the SUBJECT_KEY in ${FILE} somewhere safe, then delete the file: no later deploy needs it.`);
  }
  return 0;
}

function secretsOnWorker(): { readonly names: readonly string[] } | { readonly problem: Problem } {
  const { ok, stdout, output } = runWrangler("secret", "list", "--format", "json");
  if (ok) return { names: secretNames(JSON.parse(stdout)) };
  // No Worker yet: this is the first deploy.
  if (/^.*Worker ".*" not found/m.test(output)) return { names: [] };
  const fix = /CLOUDFLARE_API_TOKEN/.test(output) ? "npx wrangler login" : output;
  const unknown = `does not answer, so ${SECRETS.join(", ")} are not checked yet`;
  return { problem: { setting: "Your Cloudflare account", problem: unknown, fix } };
}

function secretNames(answer: unknown): readonly string[] {
  if (!Array.isArray(answer)) throw new Error("wrangler secret list did not answer with a list");
  return answer.map((secret: { readonly name?: unknown }) => String(secret.name));
}

function secretsToUpload(onWorker: readonly string[]): {
  readonly upload: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
} {
  const needed = SECRETS.filter((name) => !onWorker.includes(name));
  if (needed.length === 0) return { upload: {}, problems: [] };
  const vars = readVars(FILE) ?? makeFile(needed);
  const upload: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const name of needed) {
    const value = vars[name] ?? "";
    // Ours have 43 characters. How long a provider's is, is the provider's business.
    if (value.length >= (name.endsWith("_CLIENT_SECRET") ? 1 : 32)) upload[name] = value;
    else problems.push({ setting: name, problem: `is missing or too short in ${FILE}`, fix: HOW[name] });
  }
  return { upload, problems };
}

function makeFile(needed: readonly string[]): Readonly<Record<string, string | undefined>> {
  const vars = Object.fromEntries(needed.map((name) => [name, name.endsWith("_CLIENT_SECRET") ? "" : randomSecret()]));
  const lines = Object.entries(vars).map(([name, value]) => `${name}=${value}`);
  const text = `# Goes up with the next \`npm run deploy\`, where the Worker lacks it. Never commit this file.
# A bridge that served before keeps its SUBJECT_KEY: put the old one here, or everybody becomes a new person.
${lines.join("\n")}
`;
  writeFileSync(join(ROOT, FILE), text, { mode: 0o600, flag: "wx" });
  return vars;
}

function databaseExists(): boolean {
  const { ok, stdout, output } = runWrangler("d1", "list", "--json");
  if (!ok) throw new Error(`The databases of the account cannot be listed.\n${output}`);
  const databases: unknown = JSON.parse(stdout);
  const { database } = loadConfig();
  return Array.isArray(databases) && databases.some(({ name }: { readonly name?: unknown }) => name === database);
}

function migrate(): boolean {
  console.log("Applying the migrations.");
  const { ok, output } = runWrangler("d1", "migrations", "apply", "DB", "--remote");
  if (!ok) console.error(output);
  return ok;
}

function upload(secrets: Readonly<Record<string, string>>): boolean {
  console.log("Deploying.");
  const directory = mkdtempSync(join(tmpdir(), "drawbridge-"));
  try {
    // JSON, because wrangler expands $NAME in a dotenv file and lets the shell's variables override it.
    const file = join(directory, "secrets.json");
    writeFileSync(file, JSON.stringify(secrets), { mode: 0o600 });
    // Without "immediate", ledgers may go on running the old code for five minutes under the new Worker.
    const { ok, output } = runWrangler(
      "deploy",
      "--secrets-file",
      file,
      "--durable-objects-code-update-mode",
      "immediate",
    );
    console.log(output);
    return ok;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function refuse(problems: readonly Problem[]): number {
  console.error(`\nNothing was deployed. Missing or wrong:\n${list(problems)}`);
  return 1;
}

function list(problems: readonly Problem[]): string {
  return problems
    .map(({ setting, problem, fix }) => `  - ${setting} ${problem}.\n    ${fix.replaceAll("\n", "\n    ")}`)
    .join("\n");
}
