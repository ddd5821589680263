// The secrets that go up with a deploy: those the Worker lacks, from .deploy.vars, which is made here once. One that the Worker
// has is left alone. SUBJECT_KEY is never made for a bridge that may have served before: a new one makes everybody a new user.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../src/bridge/settings.ts";
import type { Secret } from "./deploy-checks.ts";
import { ROOT, randomSecret, readVars } from "./wrangler.ts";

export const FILE = ".deploy.vars";
const HOW = {
  DRAWBRIDGE_SECRET: `openssl rand -base64 32, then write it into ${FILE} as DRAWBRIDGE_SECRET=...`,
  SUBJECT_KEY: `the key this bridge had before, or for a new bridge: openssl rand -base64 32; write it into ${FILE} as SUBJECT_KEY=...`,
  GITHUB_CLIENT_SECRET: `generate a client secret on the page of your GitHub OAuth app and write it into ${FILE}`,
  OIDC_CLIENT_SECRET: `take the client secret that your provider shows for the bridge and write it into ${FILE}`,
} as const satisfies Readonly<Record<Secret, string>>;

/** What is in the account already. */
export interface Standing {
  /** The names of the Worker's secrets; `undefined` when there is no such Worker. */
  readonly secrets: readonly string[] | undefined;
  /** The names of the databases that exist. */
  readonly databases: readonly string[];
}

/** Nothing: no file is made while something is wrong. */
export interface Upload {
  readonly upload: Readonly<Record<string, string>>;
  readonly problems: readonly Problem[];
}

export function secretsToUpload(wanted: readonly Secret[], standing: Standing): Upload {
  const needed = wanted.filter((name) => !standing.secrets?.includes(name));
  if (needed.length === 0) return { upload: {}, problems: [] };
  const trace = traceOf(standing);
  const vars = readVars(FILE) ?? makeFile(needed, trace === undefined);
  const upload: Record<string, string> = {};
  const problems: Problem[] = [];
  for (const name of needed) {
    const value = vars[name] ?? "";
    // Ours have 43 characters. How long a provider's is, is the provider's business.
    if (value.length >= (name.endsWith("_CLIENT_SECRET") ? 1 : 32)) upload[name] = value;
    else if (name === "SUBJECT_KEY" && trace !== undefined) problems.push(lostKey(trace));
    else problems.push({ setting: name, problem: `is missing or too short in ${FILE}`, fix: HOW[name] });
  }
  return { upload, problems };
}

/** Why this bridge may have served before. */
function traceOf({ secrets, databases: [database] }: Standing): string | undefined {
  if (database !== undefined) return `the database ${database} exists`;
  if (secrets === undefined) return undefined;
  return secrets.length === 0 ? "the Worker exists" : `the Worker has ${secrets.join(", ")}`;
}

function lostKey(trace: string): Problem {
  return {
    setting: "SUBJECT_KEY",
    problem: `is not on the Worker, although ${trace}: this bridge may have served before`,
    fix: `Write its old key into ${FILE} as SUBJECT_KEY=... and run this again.
Under a new key every user is a new one: their connections end, and nobody reaches their notes, approvals and audit logs again,
nor can \`npm run guard\` revoke or erase them. Entries of src/people.ts and logs that name a user by id fit nobody.
If no user ever came here, or all of that may be lost: openssl rand -base64 32, and write that there.`,
  };
}

export function wrongKey(): Problem {
  return {
    setting: "SUBJECT_KEY",
    problem: `in ${FILE} is not the one that the users in the database were named with`,
    fix: "write the key this bridge had before: under another one, every user is a new one",
  };
}

function makeFile(needed: readonly Secret[], fresh: boolean): Readonly<Record<string, string | undefined>> {
  const made = (name: Secret) => !name.endsWith("_CLIENT_SECRET") && (fresh || name !== "SUBJECT_KEY");
  const vars = Object.fromEntries(needed.map((name) => [name, made(name) ? randomSecret() : ""]));
  const lines = Object.entries(vars).map(([name, value]) => `${name}=${value}`);
  const text = `# Goes up with the next \`npm run deploy\`, where the Worker lacks it. Never commit this file.
# A bridge that served before keeps its SUBJECT_KEY: put the old one here, or everybody becomes a new user.
${lines.join("\n")}
`;
  writeFileSync(join(ROOT, FILE), text, { mode: 0o600, flag: "wx" });
  return vars;
}
