// The audit log of a bridge that was killed, read and verified as an operator would. Part of `npm run test:crash`.

import * as z from "zod";
import { Failure } from "./command.ts";
import type { Load } from "./crash-load.ts";
import { exportLines } from "./export.ts";
import type { Ask } from "./operator.ts";
import { type parseKey, verifyExport } from "./verify.ts";
import type { Head } from "./verify-chain.ts";
import { Sequel } from "./verify-sequel.ts";

const EVENT = z.object({
  seq: z.int(),
  hash: z.string(),
  event: z.object({ kind: z.string(), of: z.int().optional(), outcome: z.string().optional() }),
});

/** What the audit log says, counted. */
export interface Count {
  readonly admitted: number;
  readonly settled: number;
  readonly unknown: number;
}

/** The audit log as an operator exports it. */
export class AuditLog {
  readonly #key: ReturnType<typeof parseKey>;
  #heads: readonly Head[] = [];

  constructor(key: ReturnType<typeof parseKey>) {
    this.#key = key;
  }

  async check(ask: Ask, { subjects, receipts }: Load): Promise<Count> {
    const lines: string[] = [];
    for await (const line of exportLines(ask, subjects)) lines.push(line);
    const ends = lines.map((line) => `${line}\n`);
    const sequel = new Sequel(this.#heads);
    const report = await verifyExport("audit log", ends, { key: this.#key, heads: this.#heads }, sequel);
    const findings = [...report.findings, ...sequel.findings()];
    if (findings.length > 0) throw new Failure(`The audit log is broken: ${JSON.stringify(findings)}`);

    const count = { admitted: 0, settled: 0, unknown: 0 };
    const hashes = new Set<string>();
    const open = new Set<number>();
    const heads: Head[] = [];
    for (const line of lines) {
      const value = JSON.parse(line);
      if ("head" in value) {
        heads.push(value.head);
        open.clear();
      }
      const parsed = EVENT.safeParse(value);
      if (!parsed.success) continue;
      const { seq, hash, event } = parsed.data;
      hashes.add(`${seq} ${hash}`);
      if (event.kind === "admission") {
        count.admitted++;
        open.add(seq);
      }
      if (event.kind !== "settlement") continue;
      if (!open.delete(event.of ?? 0)) throw new Failure(`Entry ${seq} settles what was settled or never admitted.`);
      count.settled++;
      if (event.outcome === "unknown") count.unknown++;
    }
    const lost = receipts.filter(({ seq, hash }) => !hashes.has(`${seq} ${hash}`));
    if (lost.length > 0) throw new Failure(`lost       ${lost.length}: ${JSON.stringify(lost.slice(0, 5))}`);
    this.#heads = heads;
    return count;
  }
}
