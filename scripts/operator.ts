// What `npm run guard` and `npm run audit:…` share: the bridge they speak to, its D1 through wrangler (so with the operator's own
// Cloudflare credentials), the chain of their acts, and an operator token for the bridge's own endpoint. See src/bridge/operator.

import { userInfo } from "node:os";
import * as z from "zod";
import { hashToken, OPERATOR_TOKEN_MS, type Purpose } from "../src/bridge/operator/operator-token.ts";
import { ACT_ROW, type ActRow, type Deed, nextAct } from "./acts.ts";
import { Failure } from "./command.ts";
import { parseJson } from "./json.ts";
import { randomSecret, runWrangler } from "./wrangler.ts";

export const TARGET_OPTIONS = {
  remote: { type: "boolean", default: false, is: "the deployed bridge, not the one on this computer" },
  url: { type: "string", takes: "URL", is: "where it answers, if not at PUBLIC_URL or http://127.0.0.1:8787" },
  "persist-to": { type: "string", takes: "DIR", is: "where local data is kept, as in npm start" },
} as const;

export interface Target {
  readonly remote: boolean;
  /** The origin of the bridge. */
  readonly url: string;
  /** Arguments of wrangler that find the database. */
  readonly where: readonly string[];
}

export interface TargetValues {
  readonly remote: boolean;
  readonly url?: string | undefined;
  readonly "persist-to"?: string | undefined;
}

export async function targetOf({ remote, url, "persist-to": persist }: TargetValues): Promise<Target> {
  if (remote && persist !== undefined) throw new Failure("--persist-to is for local data: leave out --remote.");
  const origin = url ?? (remote ? await configuredUrl() : "http://127.0.0.1:8787");
  if (origin === "") throw new Failure("wrangler.toml has no PUBLIC_URL: set it there, or give --url.");
  if (!URL.canParse(origin) || !/^https?:$/.test(new URL(origin).protocol)) {
    throw new Failure(`--url ${origin} is not a URL such as https://bridge.example.com`);
  }
  const parsed = new URL(origin);
  if (remote && parsed.protocol !== "https:") throw new Failure("--remote sends a pass, so the URL must be https.");
  const local = ["--local", ...(persist === undefined ? [] : ["--persist-to", persist])];
  return { remote, url: parsed.origin, where: remote ? ["--remote", "--yes"] : local };
}

async function configuredUrl(): Promise<string> {
  // Reading wrangler.toml takes all of wrangler, which local commands do not wait for.
  const { loadConfig } = await import("./deploy-checks.ts");
  return String(loadConfig().vars["PUBLIC_URL"] ?? "");
}

const ANSWER = z.array(z.object({ results: z.array(z.record(z.string(), z.unknown())) }));
const FAILURE = z.object({ error: z.object({ text: z.string() }) });

/** Runs statements as one transaction. The rows of each. */
export function query(target: Target, statements: readonly string[]): readonly (readonly unknown[])[] {
  const command = ["d1", "execute", "CONTROL", ...target.where, "--json", "--command", statements.join("; ")];
  const { ok, stdout, output } = runWrangler(...command);
  if (ok) return ANSWER.parse(JSON.parse(stdout)).map(({ results }) => results);
  const failure = FAILURE.safeParse(parseJson(stdout));
  const text = failure.success ? failure.data.error.text : output;
  const hint = /no such table/.test(text) ? `. Run ${target.remote ? "npm run deploy" : "npm start"} once first.` : "";
  throw new Failure(`The database says: ${text}${hint}`);
}

/** A value as an SQL literal. Every value comes from an allow-list of characters already; this is the second look. */
export function literal(value: string): string {
  if (!/^[\w .:/~%?=&@+,{}"[\]()-]*$/.test(value)) throw new Failure(`${value} has a character that is not allowed.`);
  return `'${value}'`;
}

/** Writes down an act and carries out `statements`, or neither. */
export function act(target: Target, deed: Deed, statements: readonly string[]): void {
  const who = userInfo().username.replaceAll(/[^\w.@-]/g, "");
  for (let attempt = 1; ; attempt++) {
    const { seq, at, act: text, hash } = nextAct(lastAct(target), Date.now(), deed, who);
    const record = `INSERT INTO operator_act (seq, at, act, hash) VALUES (${seq}, ${at}, ${literal(text)}, ${literal(hash)})`;
    try {
      query(target, [record, ...statements]);
      return;
    } catch (error) {
      // Another operator was faster. The number is the primary key, so two acts cannot follow the same one.
      const taken = error instanceof Failure && /UNIQUE constraint failed: operator_act/.test(error.message);
      if (!taken || attempt === 3) throw error;
    }
  }
}

function lastAct(target: Target): ActRow | undefined {
  const [rows = []] = query(target, ["SELECT seq, at, act, hash FROM operator_act ORDER BY seq DESC LIMIT 1"]);
  return z.array(ACT_ROW).parse(rows)[0];
}

/** Sends an operation to the bridge and reads its answer. */
export type Ask = <T>(operation: object, shape: z.ZodType<T>) => Promise<T>;

/** Makes an operator token for `purpose`, writes down the act, and hands out the way to ask. Afterwards the operator token is gone. */
export async function withOperatorToken<T>(
  target: Target,
  purpose: Purpose,
  deed: Deed,
  use: (ask: Ask) => Promise<T>,
): Promise<T> {
  let { token, until } = await makeOperatorToken(purpose, (statements) => act(target, deed, statements));
  const ask: Ask = async (operation, shape) => {
    // Reading a long audit log can take longer than an operator token lives.
    if (purpose === "read" && Date.now() > until) {
      ({ token, until } = await makeOperatorToken(purpose, (statements) => void query(target, statements)));
    }
    return shape.parse(await send(target, token, operation));
  };
  try {
    return await use(ask);
  } finally {
    // An operator token for an act was spent by it. What cannot be closed ends by itself.
    if (purpose === "read") await send(target, token, { do: "close" }).catch(() => undefined);
  }
}

async function makeOperatorToken(purpose: Purpose, write: (statements: readonly string[]) => void) {
  const token = `dbop_${randomSecret()}`;
  const hash = await hashToken(token);
  const now = Date.now();
  write([
    `DELETE FROM operator_pass WHERE expires <= ${now}`,
    `INSERT INTO operator_pass (hash, expires, may) VALUES (${literal(hash)}, ${now + OPERATOR_TOKEN_MS}, ${literal(purpose)})`,
  ]);
  return { token, until: now + OPERATOR_TOKEN_MS - 30_000 };
}

async function send({ url }: Target, token: string, operation: object): Promise<unknown> {
  const answer = await fetch(`${url}/operator`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(operation),
    // An operator token goes nowhere else.
    redirect: "error",
  }).catch((error: Error) => {
    throw new Failure(`No bridge answers at ${url} (${error.message}). Start it with npm start, or give --url.`);
  });
  const text = await answer.text();
  if (answer.ok) return parseJson(text);
  const said = z.object({ error: z.string() }).safeParse(parseJson(text));
  if (said.success) throw new Failure(said.data.error);
  if (answer.status !== 404) throw new Failure(`${url} answered ${answer.status}: ${text.slice(0, 200)}`);
  throw new Failure(
    `The bridge at ${url} does not take this pass: is its database the one that was written to, and does it answer?`,
  );
}
