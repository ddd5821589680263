// Everything besides wrangler.toml that says what is deployed, or under which name. Our own calls of wrangler name all of it
// (scripts/wrangler.ts), so these would be passed over: anyone who set one means something else than what would happen.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../src/bridge/settings.ts";
import { ROOT, readVars } from "./wrangler.ts";

const OTHER_FILES = ["wrangler.json", "wrangler.jsonc"];
const REDIRECT = ".wrangler/deploy/config.json";
/** As wrangler reads them; the last one counts. */
const ENV_FILES = [".env", ".env.local"];

export function checkChosen(name: string | undefined): readonly Problem[] {
  const problems: Problem[] = [];
  for (const file of OTHER_FILES.filter((file) => existsSync(join(ROOT, file)))) {
    const problem = "stands beside wrangler.toml, and wrangler would take it in its place";
    problems.push({ setting: file, problem, fix: "keep one of them: what it says belongs into wrangler.toml" });
  }
  if (existsSync(join(ROOT, REDIRECT))) {
    const problem = "points wrangler to a configuration that a build tool made";
    problems.push({ setting: REDIRECT, problem, fix: "delete it: what is deployed is wrangler.toml" });
  }
  const environment = chosen("CLOUDFLARE_ENV");
  if (environment !== undefined) {
    const problem = `is ${JSON.stringify(environment.value)} in ${environment.where}, and this deploys the top level of wrangler.toml`;
    const fix = "unset it; for a second bridge, deploy a second copy of this directory with a name of its own";
    problems.push({ setting: "CLOUDFLARE_ENV", problem, fix });
  }
  const override = chosen("WRANGLER_CI_OVERRIDE_NAME");
  if (override !== undefined && override.value !== name) {
    const problem = `is ${JSON.stringify(override.value)} in ${override.where}, and wrangler.toml names ${JSON.stringify(name ?? "")}`;
    const fix = "give both the same name: secrets and code would go to different Workers";
    problems.push({ setting: "WRANGLER_CI_OVERRIDE_NAME", problem, fix });
  }
  return problems;
}

function chosen(name: string): { readonly value: string; readonly where: string } | undefined {
  const shell = process.env[name] ?? "";
  if (shell !== "") return { value: shell, where: "the environment" };
  for (const file of ENV_FILES.toReversed()) {
    const value = readVars(file)?.[name] ?? "";
    if (value !== "") return { value, where: file };
  }
  return undefined;
}
