// Stands in for wrangler in the tests of the deploy: writes down every call, chooses configuration, environment and entry as
// wrangler does, and answers for an account that a test describes. Reads `account.json` beside itself; no network.

const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs");
const { dirname, isAbsolute, join, resolve } = require("node:path");

const home = dirname(__dirname);
const account = JSON.parse(readFileSync(join(home, "account.json"), "utf8"));
const args = process.argv.slice(2);

function option(name) {
  const inline = args.find((arg) => arg.startsWith(`${name}=`));
  if (inline !== undefined) return inline.slice(name.length + 1);
  return args.includes(name) ? args[args.indexOf(name) + 1] : undefined;
}

function configuration() {
  const named = option("--config");
  if (named !== undefined) return named;
  const redirect = join(process.cwd(), ".wrangler/deploy/config.json");
  if (existsSync(redirect)) return resolve(dirname(redirect), JSON.parse(readFileSync(redirect, "utf8")).configPath);
  return ["wrangler.json", "wrangler.jsonc", "wrangler.toml"].find((file) => existsSync(file)) ?? "";
}

function answer() {
  const [one, two, three] = args;
  if (one === "secret" && two === "list") {
    if (account.secrets === undefined) return fail('Worker "drawbridge" not found.');
    return say(account.odd ?? JSON.stringify(account.secrets.map((name) => ({ name, type: "secret_text" }))));
  }
  if (one === "d1" && two === "list") return say(JSON.stringify(account.databases.map((name) => ({ name }))));
  if (one === "d1" && two === "execute") {
    if (account.subjects === undefined) return fail("no such table: person");
    return say(JSON.stringify([{ results: account.subjects.map((subject) => ({ subject })) }]));
  }
  if (one === "d1" && three === "apply") return account.migrationFails ? fail("the migration failed") : say("applied");
  if (one !== "deploy") return fail(`unknown: ${args.join(" ")}`);
  const entry = two.startsWith("-") ? /main = "(.*?)"/.exec(readFileSync(configuration(), "utf8"))[1] : two;
  const code = readFileSync(isAbsolute(entry) ? entry : join(process.cwd(), entry), "utf8");
  if (args.includes("--dry-run")) {
    mkdirSync(option("--outdir"), { recursive: true });
    const mark = /\bdevelopment,/.test(code) ? "drawbridge-development-sign-in" : "";
    writeFileSync(join(option("--outdir"), "index.js"), `// built from ${entry} ${mark}\n`);
    return say("built");
  }
  const secrets = JSON.parse(readFileSync(option("--secrets-file"), "utf8"));
  record({ deployed: code, secrets });
  if (account.hangs) return setInterval(() => undefined, 1_000);
  return say("uploaded");
}

function record(line) {
  appendFileSync(join(home, "calls.ndjson"), `${JSON.stringify(line)}\n`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}

record({ args, config: configuration(), env: option("--env") ?? process.env.CLOUDFLARE_ENV });
answer();
