// What is in the Cloudflare account already, asked through wrangler: the Worker's secrets, the databases, one user in it.

import * as z from "zod";
import { checkSubject } from "../src/bridge/seal.ts";
import type { Problem } from "../src/bridge/settings.ts";
import type { Runner } from "./deploy-run.ts";
import type { Standing } from "./deploy-secrets.ts";
import { parseJson } from "./json.ts";

const NAMED = z.array(z.object({ name: z.string() }));
const SUBJECTS = z.array(z.object({ results: z.array(z.object({ subject: z.string() })) }));

export async function loadStanding(
  { run }: Runner,
  databases: readonly (string | undefined)[],
): Promise<Standing | Problem> {
  const secrets = await run("secret", "list", "--format", "json");
  // No Worker yet: this is the first deploy.
  const none = !secrets.ok && /^.*Worker ".*" not found/m.test(secrets.output);
  const names = none ? undefined : namesIn(secrets.stdout);
  if (!none && (!secrets.ok || names === undefined)) return silent("its secrets are not checked yet", secrets.output);
  const listed = await run("d1", "list", "--json");
  const all = namesIn(listed.stdout);
  if (!listed.ok || all === undefined) return silent("its databases cannot be listed", listed.output);
  return { secrets: names, databases: all.filter((name) => databases.includes(name)) };
}

/** Whether the users in the database were named with this key. `undefined` when nobody is there, or it cannot be told. */
export async function isTheirKey({ run }: Runner, key: string): Promise<boolean | undefined> {
  const select = "SELECT subject FROM person LIMIT 20";
  // A copy from before CONTROL has its users in DB.
  for (const binding of ["CONTROL", "DB"]) {
    const { ok, stdout } = await run("d1", "execute", binding, "--remote", "--yes", "--json", "--command", select);
    const [answer] = (ok ? SUBJECTS.safeParse(parseJson(stdout)).data : undefined) ?? [];
    if (answer === undefined || answer.results.length === 0) continue;
    const fits = await Promise.all(answer.results.map(({ subject }) => checkSubject(key, subject)));
    return fits.includes(true);
  }
  return undefined;
}

function silent(so: string, said: string): Problem {
  const fix = /CLOUDFLARE_API_TOKEN/.test(said) ? "npx wrangler login" : said.slice(0, 2_000);
  return { setting: "Your Cloudflare account", problem: `does not answer as it should, so ${so}`, fix };
}

function namesIn(text: string): readonly string[] | undefined {
  return NAMED.safeParse(parseJson(text)).data?.map(({ name }) => name);
}
