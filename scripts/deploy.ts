// `npm run deploy`: from a filled-in wrangler.toml to a serving bridge. Names everything that is missing, all at once, before it
// changes anything. `npm run deploy -- --dry-run` does the part that needs no account and no network; CI runs that.
//
// Secrets the Worker does not have yet go up together with the code (`--secrets-file`), so that a first deploy needs no Worker
// to put them on and is never up without them: scripts/deploy-secrets.ts. What is uploaded is the file that was checked.

import type { Problem } from "../src/bridge/settings.ts";
import { providerProblem } from "../src/bridge/sign-in/discovery.ts";
import { readCommand } from "./command.ts";
import { isTheirKey, loadStanding } from "./deploy-account.ts";
import { checkTree, type Findings, loadConfig, secretsFor } from "./deploy-checks.ts";
import { createRunner } from "./deploy-run.ts";
import { FILE, secretsToUpload, type Upload, wrongKey } from "./deploy-secrets.ts";

const { values } = readCommand({
  name: "npm run deploy",
  does: `Deploys what wrangler.toml says, once it has named everything that is missing, all at once. Run again, it goes on from where it
was stopped. Secrets that the Worker lacks go up from .deploy.vars, which is made once.`,
  options: { "dry-run": { type: "boolean", is: "checks and builds only: needs no account and no network" } },
  example: "npm run deploy -- --dry-run",
});
const CONFIG = loadConfig();
const SECRETS = secretsFor(CONFIG);
const AGAIN = "Run npm run deploy again: it goes on from where this ended.";

let stage = "Stopped. Nothing was deployed.";
const runner = createRunner(() => stage);
process.exitCode = await main();

async function main(): Promise<number> {
  const findings = await checkTree(runner);
  for (const note of findings.notes) console.log(note);
  return values["dry-run"] === true ? rehearse(findings) : await deploy(findings);
}

function rehearse({ faults, todo, absent }: Findings): number {
  if (faults.length > 0) return refuse(faults);
  console.log(
    "The code can be deployed: it builds, its flags and bindings are there, development sign-in is not in it.",
  );
  if (todo.length > 0) console.log(`\nStill to do before a real deploy:\n${list(todo)}`);
  console.log(
    `\nNot looked at, because that needs an account: the secrets ${[...SECRETS, ...absent.map(({ setting }) => setting)].join(", ")}.`,
  );
  if (issuer() !== "") console.log("Not looked at, because that needs the network: whether OIDC_ISSUER answers.");
  return 0;
}

function issuer(): string {
  return String(CONFIG.vars["OIDC_ISSUER"] ?? "");
}

async function deploy({ faults, todo, absent, script }: Findings): Promise<number> {
  const standing = await loadStanding(
    runner,
    CONFIG.databases.map(({ name }) => name),
  );
  const secrets: Upload =
    "problem" in standing ? { upload: {}, problems: [standing] } : secretsToUpload(SECRETS, standing);
  const existing = "databases" in standing ? standing.databases : [];
  const [old, fresh] = [true, false].map((there) =>
    CONFIG.databases.filter(({ name }) => existing.includes(name ?? "") === there).map(({ binding }) => binding),
  );
  const key = secrets.upload["SUBJECT_KEY"];
  const foreign =
    existing.length > 0 && key !== undefined && (await isTheirKey(runner, key)) === false ? [wrongKey()] : [];
  // A wrong provider is named here, not at somebody's first sign-in. (A wrong client secret shows only there.)
  const provider = issuer() === "" || faults.length > 0 ? undefined : await providerProblem(issuer());
  const has = "databases" in standing ? (standing.secrets ?? []) : [];
  const lacking = absent
    .filter(({ setting }) => !has.includes(setting))
    .map((one) => ({ ...one, problem: "is neither in wrangler.toml nor a secret of the Worker" }));
  const problems = [
    ...faults,
    ...todo,
    ...lacking,
    ...secrets.problems,
    ...foreign,
    ...(provider === undefined ? [] : [provider]),
  ];
  if (problems.length > 0 || script === undefined) return refuse(problems);

  // Wrangler creates a database with the first deploy that names it; from then on it must be ready before the code that counts on it.
  stage = `Stopped while the database was made ready; the code that was deployed before still serves. ${AGAIN}`;
  if (!(await migrate(old))) return half("No new code was deployed: its database is not ready.");
  stage = `Stopped during the upload: it may have arrived or not. ${AGAIN}`;
  if (!(await upload(script, secrets.upload))) return half("The upload failed: the new code may serve or not.");
  stage = `Stopped before the database was made ready. The bridge is up and cannot serve yet. ${AGAIN}`;
  if (!(await migrate(fresh))) return half("The bridge is up, and cannot serve: its database has no tables yet.");
  console.log("\nDeployed.");
  if (key !== undefined) {
    console.log(`Keep the SUBJECT_KEY in ${FILE} somewhere safe, then delete the file: no later deploy needs it.`);
  }
  return 0;
}

async function migrate(databases: readonly string[] = []): Promise<boolean> {
  for (const binding of databases) {
    console.log(`Applying the migrations of ${binding}.`);
    const { ok, output } = await runner.run("d1", "migrations", "apply", binding, "--remote");
    if (!ok) console.error(output);
    if (!ok) return false;
  }
  return true;
}

async function upload(script: string, secrets: Readonly<Record<string, string>>): Promise<boolean> {
  console.log("Deploying.");
  const built = ["deploy", script, "--no-bundle", "--minify=false", "--upload-source-maps"];
  // Without "immediate", ledgers may go on running the old code for five minutes under the new Worker.
  const { ok, output } = await runner.runWithSecrets(
    secrets,
    ...built,
    "--durable-objects-code-update-mode",
    "immediate",
  );
  (ok ? console.log : console.error)(output);
  return ok;
}

function half(words: string): number {
  console.error(`\n${words} ${AGAIN}`);
  return 1;
}

function refuse(problems: readonly Problem[]): number {
  console.error(`\nNothing was deployed. Missing or wrong:\n${list(problems)}`);
  return 1;
}

function list(problems: readonly Problem[]): string {
  return problems
    .map(
      ({ setting, problem, fix, value }) =>
        `  - ${setting} ${problem}${value === undefined ? "" : `: ${value}`}.\n    ${fix.replaceAll("\n", "\n    ")}`,
    )
    .join("\n");
}
