// Verifies exports of the audit log, trusting no server: every hash is computed again, by code that shares nothing with the bridge,
// and every head's signature is checked against a key that the reader brings. Heads kept from earlier (log lines, older
// exports) must fit too: without one, somebody who holds the signing key could have written a whole new chain. Pure.

import { createPublicKey, type KeyObject } from "node:crypto";
import * as z from "zod";
import { parseJson } from "./json.ts";
import { ChainCheck, type Finding, HASH, HEAD, type Head, type Keep, type Sound, signed } from "./verify-chain.ts";
import type { Sequel } from "./verify-sequel.ts";

const FORMAT = "audit/1";

const LINE = z.union([
  z.strictObject({ drawbridge: z.string(), subject: z.string(), after: HEAD.optional() }),
  z.strictObject({ seq: z.int().min(1), at: z.int(), event: z.custom<object>(isObject), hash: HASH }),
  z.strictObject({ seq: z.int().min(1), at: z.int(), act: z.string(), hash: HASH }),
  z.strictObject({ head: HEAD }),
  z.strictObject({ end: z.strictObject({ chains: z.int() }) }),
]);

export interface Report {
  /** Whose chains were begun. */
  readonly subjects: readonly string[];
  readonly sound: readonly Sound[];
  readonly findings: readonly Finding[];
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An Ed25519 public key as `npm run audit:key` prints it, or undefined. */
export function parseKey(text: string): KeyObject | undefined {
  if (!/^[\w-]{43}$/.test(text) || Buffer.from(text, "base64url").toString("base64url") !== text) return undefined;
  try {
    return createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: text }, format: "jwk" });
  } catch {
    return undefined;
  }
}

const LOGGED_HEAD = /\{"subject":"[\w-]+","at":\d+,"seq":\d+,"hash":"[\w-]{43}","signature":"[\w-]{86}"\}/g;

/** Every signed head in a text: log lines of the bridge, however they were wrapped, or an older export. */
export function parseHeads(text: string): readonly Head[] {
  return (text.replaceAll("\\", "").match(LOGGED_HEAD) ?? []).map((match) => HEAD.parse(JSON.parse(match)));
}

/**
 * Verifies one export, or one segment of the archive. `lines` keep their line ends, so that a last line that was cut can be
 * told; `sequel` has seen the files before it.
 */
export async function verifyExport(
  file: string,
  lines: AsyncIterable<string> | Iterable<string>,
  keep: Keep,
  sequel: Sequel,
): Promise<Report> {
  const sound: Sound[] = [];
  const findings: Finding[] = [];
  let chain: ChainCheck | undefined;
  const subjects: string[] = [];
  let number = 0;
  let ended = false;
  const cut = (what: string) => {
    findings.push({ file, ...chain?.place(), what });
    return { subjects, sound, findings };
  };
  for await (const raw of lines) {
    number++;
    if (ended) return cut(`line ${number}: there is something after the end`);
    if (!raw.endsWith("\n")) return cut(`the file was cut in the middle of line ${number}`);
    const text = raw.slice(0, -1);
    const value = parseJson(text);
    if (value === undefined) return cut(`line ${number} is not JSON`);
    if (typeof value === "object" && value !== null && "drawbridge" in value && value.drawbridge !== FORMAT) {
      return cut(`line ${number}: unknown version ${JSON.stringify(value.drawbridge)}; this program reads "${FORMAT}"`);
    }
    const line = LINE.safeParse(value);
    // A field that no hash covers, a name that stands twice, a number spelled oddly.
    if (!line.success || JSON.stringify(line.data) !== text) return cut(`line ${number} is not as an export writes it`);
    if ("drawbridge" in line.data) {
      if (chain !== undefined) return cut("the chain has no signed head: its end was cut");
      const { subject, after } = line.data;
      chain = new ChainCheck(file, subject, keep, after);
      sequel.begin(file, subject, after);
      subjects.push(subject);
    } else if ("end" in line.data) {
      if (chain !== undefined) return cut("the chain has no signed head: its end was cut");
      if (line.data.end.chains !== subjects.length)
        return cut(`there are ${subjects.length} chains, and there were ${line.data.end.chains}`);
      ended = true;
    } else if (chain === undefined) {
      return cut(number === 1 ? "this is not an export of the audit log" : `line ${number} belongs to no chain`);
    } else if ("head" in line.data) {
      const outcome = chain.finish(line.data.head);
      sequel.end({ ...line.data.head, subject: subjects.at(-1) ?? "" }, file, !("what" in outcome));
      if ("what" in outcome) findings.push(outcome);
      else sound.push(outcome);
      chain = undefined;
    } else {
      chain.add(line.data);
    }
  }
  if (!ended) return cut("the file was cut: its last line is missing");
  return { subjects, sound, findings };
}

/** What is wrong with the kept heads themselves: a signature, or a chain that none of the exports has. */
export function verifyHeads({ key, heads }: Keep, file: string, subjects: ReadonlySet<string>): readonly Finding[] {
  return heads.flatMap((head) => {
    const { subject, seq } = head;
    if (key !== undefined && !signed(head, key)) {
      return [{ file, subject, seq, what: "the signature of this head does not fit the key" }];
    }
    return subjects.has(subject) ? [] : [{ file, subject, seq, what: "this head is of a chain that no export has" }];
  });
}
