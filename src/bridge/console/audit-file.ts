// A user's whole audit log as a file, in the format of `npm run audit:export`, so that `npm run audit:verify` checks it. Read and sent
// page by page, up to the head that was signed first.

import type { Head, Linked, Reach, SignedHead } from "../ledger/chain.ts";
import { chainLines, endLine } from "../ledger/log-lines.ts";

const PAGE = 1_000;

interface WholeAuditLog {
  events(after: number, limit: number): Promise<readonly Linked[]>;
  signedHead(): Promise<SignedHead>;
  reach(): Promise<Reach>;
}

export async function auditLogFile(subject: string, auditLog: WholeAuditLog): Promise<Response> {
  const head = await auditLog.signedHead();
  const { anchor } = await auditLog.reach();
  const lines = linesOf(subject, auditLog, anchor, head);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await lines.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(`${value}\n`));
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "application/x-ndjson; charset=utf-8",
      "content-disposition": 'attachment; filename="drawbridge-audit-log.jsonl"',
    },
  });
}

async function* linesOf(
  subject: string,
  auditLog: WholeAuditLog,
  after: Head | null,
  head: SignedHead,
): AsyncGenerator<string> {
  yield* chainLines(subject, after, entriesOf(auditLog, after?.seq ?? 0, head.seq), head);
  yield endLine(1);
}

async function* entriesOf(auditLog: WholeAuditLog, after: number, last: number): AsyncGenerator<Linked> {
  for (let seq = after; seq < last; ) {
    const entries = await auditLog.events(seq, Math.min(PAGE, last - seq));
    const newest = entries.at(-1);
    if (newest === undefined) return;
    yield* entries;
    seq = newest.seq;
  }
}
