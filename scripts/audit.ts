// `npm run audit:export`, `audit:query`, `audit:verify` and `audit:key`: the trail, read with an operator's pass (operator.ts), and
// checked without trusting anybody (verify.ts).

import { randomUUID } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import * as z from "zod";
import { SUBJECT_PATTERN } from "../src/bridge/gate/principal.ts";
import type { Deed } from "./acts.ts";
import { describeReach, exportLines, lastBefore, loadEntries, loadHead, loadPeople } from "./export.ts";
import { main, OperatorError, TARGET_OPTIONS, type Target, targetOf, withPass } from "./operator.ts";
import { type Criteria, DECISIONS, parseSince, type Row, select, table } from "./query.ts";
import { parseHeads, parseKey, type Report, verifyExport, verifyHeads } from "./verify.ts";
import type { Keep } from "./verify-chain.ts";
import { Sequel } from "./verify-sequel.ts";

const USAGE = `Use:
  npm run audit:export -- [--person SUBJECT] [--out FILE]
  npm run audit:query  -- [--person SUBJECT] [--tool NAME] [--decision admitted|refused] [--since 2h|DATE] [--table]
  npm run audit:verify -- FILE… [--key PUBLICKEY] [--head FILE] [--person SUBJECT] [--pruned]
  npm run audit:key                                  the public key of the heads' signatures
with --remote for the deployed bridge (export, query, key); --persist-to DIR and --url URL as in npm start`;

const OPTIONS = {
  ...TARGET_OPTIONS,
  person: { type: "string" },
  out: { type: "string" },
  tool: { type: "string" },
  decision: { type: "string" },
  since: { type: "string" },
  table: { type: "boolean", default: false },
  key: { type: "string" },
  head: { type: "string" },
  pruned: { type: "boolean", default: false },
} as const;
type Option = keyof typeof OPTIONS;

const TARGET: readonly Option[] = ["remote", "url", "persist-to"];
const MAY: Readonly<Record<string, readonly Option[]>> = {
  export: [...TARGET, "person", "out"],
  query: [...TARGET, "person", "tool", "decision", "since", "table"],
  verify: ["key", "head", "person", "pruned"],
  key: TARGET,
};

await main(USAGE, async () => {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [command = "", ...files] = positionals;
  const may = MAY[command];
  const odd = (Object.keys(values) as Option[]).some((name) => values[name] !== false && !may?.includes(name));
  if (may === undefined || odd || files.length > 0 !== (command === "verify")) throw new OperatorError(USAGE);
  if (values.person !== undefined && !SUBJECT_PATTERN.test(values.person)) {
    throw new OperatorError(`"${values.person}" is no person's id: dbr1_ and 22 characters.\n${USAGE}`);
  }
  if (command === "verify") return verify(files, values);
  const target = await targetOf(values);
  if (command === "key") return printKey(target);
  if (command === "export") return exportTrail(target, values.person, values.out);
  return query(target, values.person, criteriaOf(values), values.table);
});

async function exportTrail(target: Target, person: string | undefined, out: string | undefined): Promise<void> {
  await withPass(target, "read", deed("export", person), async (ask) => {
    const people = person === undefined ? await loadPeople(ask) : [person];
    await writeWhole(out, exportLines(ask, people, { acts: person === undefined, say: console.error }));
    const acts = person === undefined ? ", and the operators' acts" : "";
    if (out !== undefined) console.log(`${out}: ${people.length} ${people.length === 1 ? "person" : "people"}${acts}.`);
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

function deed(what: string, person: string | undefined): Deed {
  return { do: what, ...(person === undefined ? {} : { subject: person }) };
}

function criteriaOf({ tool, decision, since }: { tool?: string; decision?: string; since?: string }): Criteria {
  const chosen = DECISIONS.find((known) => known === decision);
  if (decision !== undefined && chosen === undefined) throw new OperatorError(`--decision ${decision}?\n${USAGE}`);
  if (tool !== undefined && !/^[\w-]{1,64}$/.test(tool)) throw new OperatorError(`--tool ${tool}?\n${USAGE}`);
  const from = since === undefined ? undefined : parseSince(since, Date.now());
  if (since !== undefined && from === undefined) {
    throw new OperatorError(
      `--since ${since}? Say 90s, 30m, 2h, 7d, or a past date such as 2026-11-22T10:00Z.\n${USAGE}`,
    );
  }
  return { tool, decision: chosen, since: from };
}

async function query(target: Target, person: string | undefined, criteria: Criteria, asTable: boolean): Promise<void> {
  await withPass(target, "read", deed("query", person), async (ask) => {
    const found: Row[] = [];
    for (const subject of person === undefined ? await loadPeople(ask) : [person]) {
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
  const { key } = await withPass(target, "read", deed("key", undefined), (ask) =>
    ask({ do: "key" }, z.object({ key: z.string() })),
  );
  console.log(key);
}

interface VerifyValues {
  readonly key?: string;
  readonly head?: string;
  readonly person?: string;
  readonly pruned: boolean;
}

async function verify(
  files: readonly string[],
  { key: keyText, head: headFile, person, pruned }: VerifyValues,
): Promise<void> {
  const key = keyText === undefined ? undefined : parseKey(keyText);
  if (keyText !== undefined && key === undefined)
    throw new OperatorError(`--key ${keyText} is not a key of npm run audit:key.`);
  const kept = headFile === undefined ? [] : parseHeads(await readFile(headFile, "utf8"));
  if (headFile !== undefined && kept.length === 0) throw new OperatorError(`${headFile} has no signed head in it.`);
  const keep: Keep = { key, heads: kept.filter(({ subject }) => person === undefined || subject === person) };

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
