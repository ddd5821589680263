// `npm run audit:export`, `audit:query`, `audit:verify` and `audit:key`: the audit log, read with an operator token (operator.ts),
// and checked without trusting anybody (verify.ts).

import { randomUUID } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { SUBJECT_PATTERN } from "../src/bridge/gate/principal.ts";
import type { Deed } from "./acts.ts";
import { Failure, Misuse, readCommand } from "./command.ts";
import { describeReach, exportLines, lastBefore, loadEntries, loadHead, loadPeople } from "./export.ts";
import { TARGET_OPTIONS, type Target, targetOf, withOperatorToken } from "./operator.ts";
import { type Criteria, DECISIONS, parseSince, type Row, select, table } from "./query.ts";
import { parseHeads, parseKey, type Report, verifyExport, verifyHeads } from "./verify.ts";
import type { Keep } from "./verify-chain.ts";
import { Sequel } from "./verify-sequel.ts";

interface Asked extends Omit<Criteria, "decision" | "since"> {
  readonly decision?: string | undefined;
  readonly since?: string | undefined;
}

const USER = { type: "string", takes: "SUBJECT", is: "of this user only: dbr1_ and 22 characters" } as const;

const EXPORT = {
  name: "npm run audit:export",
  does: "Prints the audit log of everybody and the operators' acts, with signed heads, as lines that audit:verify reads.",
  options: {
    ...TARGET_OPTIONS,
    user: USER,
    out: { type: "string", takes: "FILE", is: "to this file, whole or not at all" },
  },
  example: "npm run audit:export -- --out audit.ndjson",
} as const;
const QUERY = {
  name: "npm run audit:query",
  does: "Prints the entries of the audit log that fit every option, a line of JSON each. An outcome stands on its admission.",
  options: {
    ...TARGET_OPTIONS,
    user: USER,
    tool: { type: "string", takes: "NAME", is: "uses of this rule" },
    grant: { type: "string", takes: "ID", is: "what this connection did" },
    client: { type: "string", takes: "ID", is: "what this client did" },
    request: {
      type: "string",
      takes: "ID",
      is: "what came of this request: the id of its x-request-id, and of the log",
    },
    decision: { type: "string", takes: "WORD", is: "admitted or refused" },
    since: { type: "string", takes: "TIME", is: "90s, 30m, 2h, 7d ago, or a date such as 2026-11-22T10:00Z" },
    table: { type: "boolean", default: false, is: "columns, not JSON" },
  },
  example: "npm run audit:query -- --since 2h --decision refused --table",
} as const;
const VERIFY = {
  name: "npm run audit:verify",
  does: "Checks exports and segments of the archive, trusting nobody: hashes, order, ends, and with --key the signatures.",
  words: ["FILE…"],
  options: {
    key: { type: "string", takes: "KEY", is: "the public key, from audit:key, written down earlier" },
    head: { type: "string", takes: "FILE", is: "signed heads that were kept elsewhere: no end may have been cut" },
    user: USER,
    pruned: { type: "boolean", default: false, is: "what the archive has may be missing at the beginning" },
  },
  example: "npm run audit:verify -- audit.ndjson --key KEY",
  exits: "1 too when something is broken",
} as const;
const KEY = {
  name: "npm run audit:key",
  does: "Prints the public key of the signatures of heads.",
  options: TARGET_OPTIONS,
  example: "npm run audit:key -- --remote",
} as const;

const [command, ...args] = process.argv.slice(2);
if (command === "export") {
  const { values } = readCommand(EXPORT, args);
  checkUser(values.user);
  await exportAuditLog(await targetOf(values), values.user, values.out);
} else if (command === "query") {
  const { values } = readCommand(QUERY, args);
  checkUser(values.user);
  const criteria = criteriaOf(values);
  await query(await targetOf(values), values.user, criteria, values.table);
} else if (command === "verify") {
  const { values, words } = readCommand(VERIFY, args);
  checkUser(values.user);
  await verify(words, values);
} else if (command === "key") {
  const { values } = readCommand(KEY, args);
  await printKey(await targetOf(values));
} else throw new Failure("Say which: npm run audit:export, audit:query, audit:verify or audit:key.");

function checkUser(user: string | undefined): void {
  if (user === undefined || SUBJECT_PATTERN.test(user)) return;
  throw new Misuse(`"${user}" is no user's id: dbr1_ and 22 characters`);
}

async function exportAuditLog(target: Target, user: string | undefined, out: string | undefined): Promise<void> {
  await withOperatorToken(target, "read", deed("export", user), async (ask) => {
    const people = user === undefined ? await loadPeople(ask) : [user];
    await writeWhole(out, exportLines(ask, people, { acts: user === undefined, say: console.error }));
    const acts = user === undefined ? ", and the operators' acts" : "";
    if (out !== undefined) console.log(`${out}: ${people.length} ${people.length === 1 ? "user" : "users"}${acts}.`);
  });
}

/** A file appears under its name when it is whole, and not before. */
async function writeWhole(out: string | undefined, lines: AsyncIterable<string>): Promise<void> {
  if (out === undefined) {
    for await (const line of lines) process.stdout.write(`${line}\n`);
    return;
  }
  const partial = join(dirname(out), `.${randomUUID()}.partial`);
  const drop = () => rmSync(partial, { force: true });
  const stopped = () => process.exit(1);
  process.on("exit", drop).on("SIGINT", stopped).on("SIGTERM", stopped);
  const file = openSync(partial, "wx", 0o600);
  for await (const line of lines) writeSync(file, `${line}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(partial, out);
}

function deed(what: string, user: string | undefined): Deed {
  return { do: what, ...(user === undefined ? {} : { subject: user }) };
}

function criteriaOf({ tool, decision, since, grant, client, request }: Asked): Criteria {
  const chosen = DECISIONS.find((known) => known === decision);
  if (decision !== undefined && chosen === undefined) throw new Misuse(`--decision takes ${DECISIONS.join(" or ")}`);
  if (tool !== undefined && !/^[\w-]{1,64}$/.test(tool)) throw new Misuse(`--tool ${tool} is no tool's name`);
  const from = since === undefined ? undefined : parseSince(since, Date.now());
  if (since !== undefined && from === undefined) {
    throw new Misuse(`--since takes 90s, 30m, 2h, 7d, or a past date such as 2026-11-22T10:00Z`);
  }
  return { tool, decision: chosen, since: from, grant, client, request };
}

async function query(target: Target, user: string | undefined, criteria: Criteria, asTable: boolean): Promise<void> {
  await withOperatorToken(target, "read", deed("query", user), async (ask) => {
    const found: Row[] = [];
    for (const subject of user === undefined ? await loadPeople(ask) : [user]) {
      const reached = await loadHead(ask, subject);
      const { seq: last } = reached.head;
      const after = criteria.since === undefined ? 0 : await lastBefore(ask, subject, criteria.since, last);
      const rows = await select(subject, loadEntries(ask, subject, after, last), criteria);
      // What was asked for may be in the part that has left.
      const words = after < (reached.anchor?.seq ?? 0) ? describeReach(subject, reached) : undefined;
      if (words !== undefined) console.error(words);
      if (asTable) found.push(...rows);
      else for (const row of rows) console.log(JSON.stringify(row));
    }
    if (asTable) console.log(table(found));
  });
}

async function printKey(target: Target): Promise<void> {
  const { key } = await withOperatorToken(target, "read", deed("key", undefined), (ask) =>
    ask({ do: "key" }, z.object({ key: z.string() })),
  );
  console.log(key);
}

interface VerifyValues {
  readonly key?: string;
  readonly head?: string;
  readonly user?: string;
  readonly pruned: boolean;
}

async function verify(
  files: readonly string[],
  { key: keyText, head: headFile, user, pruned }: VerifyValues,
): Promise<void> {
  const key = keyText === undefined ? undefined : parseKey(keyText);
  if (keyText !== undefined && key === undefined)
    throw new Failure(`--key ${keyText} is not a key of npm run audit:key.`);
  const kept = headFile === undefined ? [] : parseHeads(await readFile(headFile, "utf8"));
  if (headFile !== undefined && kept.length === 0) throw new Failure(`${headFile} has no signed head in it.`);
  const keep: Keep = { key, heads: kept.filter(({ subject }) => user === undefined || subject === user) };

  const sequel = new Sequel(keep.heads, pruned);
  const reports: Report[] = [];
  for (const file of files) reports.push(await verifyExport(file, linesOf(file), keep, sequel));
  const seen = new Set(reports.flatMap((report) => report.subjects));
  const findings = [
    ...sequel.findings(),
    ...reports.flatMap((report) => report.findings),
    ...verifyHeads(keep, headFile ?? "", seen),
  ];
  for (const { subject, entries, from, kept: fits } of reports.flatMap(({ sound }) => sound)) {
    console.log(
      `sound   ${subject}  ${from > 1 ? rangeOf(from, entries) : `${entries} entries`}${fits > 0 ? `, kept heads that fit: ${fits}` : ""}`,
    );
  }
  for (const left of sequel.pruned()) console.log(`pruned  ${left}`);
  for (const { file, subject, seq, what } of findings) {
    console.log(
      ["BROKEN", subject, seq === undefined ? "" : `at ${seq}`, what, `(${file})`].filter(Boolean).join("  "),
    );
  }
  if (key === undefined) console.log("Signatures were not checked: give --key, from npm run audit:key.");
  if (findings.length > 0) process.exitCode = 1;
}

function rangeOf(from: number, entries: number): string {
  return entries === 0 ? `nothing after ${from - 1}` : `${from} to ${from + entries - 1}`;
}

/** Lines with their ends, so that a last line that was cut can be told. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(file, "utf8")) {
    const lines = (rest + chunk).split(/(?<=\n)/);
    rest = lines.at(-1)?.endsWith("\n") ? "" : (lines.pop() ?? "");
    yield* lines;
  }
  if (rest !== "") yield rest;
}
