// Exports as `npm run audit:export` writes them, of small chains made with the ledger's own hash and signature.

import { type ActRow, nextAct } from "../../../scripts/acts.ts";
import { type ExportedEntry, exportLines } from "../../../scripts/export.ts";
import type { Ask } from "../../../scripts/operator.ts";
import { parseKey } from "../../../scripts/verify.ts";
import { canonical } from "../../../src/bridge/gate/canonical.ts";
import type { Event } from "../../../src/bridge/gate/event.ts";
import type { ClientId, GrantId } from "../../../src/bridge/gate/principal.ts";
import { GENESIS, linkHash } from "../../../src/bridge/ledger/chain.ts";
import { headPublicKey, signHead } from "../../../src/bridge/seal.ts";

export const SECRET = "the-key-of-the-bridge-under-test-0123456789";
export const ADA = "dbr1_AdaAdaAdaAdaAdaAdaAda0";
export const BOB = "dbr1_BobBobBobBobBobBobBob0";

const CAUSE = {
  request: "r1",
  client: "client-1" as ClientId,
  grant: "grant-01" as GrantId,
  where: { country: "DE", asn: 64496, agent: "other" },
};

function eventAt(seq: number): Event {
  if (seq === 1) return { kind: "grant-opened", client: CAUSE.client, grant: CAUSE.grant, scopes: ["notes:read"] };
  if (seq % 2 === 0) return { kind: "denial", tool: "write_note", reason: "missing-scope", count: 1, ...CAUSE };
  return { kind: "grant-ended", grant: CAUSE.grant, why: "revoked" };
}

/** A chain of `length` entries. `eventOf` says what stands in it. */
export function chainOf(length: number, eventOf: (seq: number) => object = eventAt): readonly ExportedEntry[] {
  const entries: ExportedEntry[] = [];
  let previous = GENESIS;
  for (let seq = 1; seq <= length; seq++) {
    const event = { ...eventOf(seq) } as ExportedEntry["event"];
    const entry = { seq, at: 1_790_000_000_000 + seq, event };
    previous = linkHash(previous, { ...entry, event: event as object as Event });
    entries.push({ ...entry, hash: previous });
  }
  return entries;
}

/** What operators did, one act after the other. */
export function actsOf(...modes: readonly string[]): readonly ActRow[] {
  const acts: ActRow[] = [];
  for (const to of modes) acts.push(nextAct(acts.at(-1), 1_790_000_000_000, { do: "mode", to }, "ada"));
  return acts;
}

export async function headOf(
  subject: string,
  entries: readonly { readonly seq: number; readonly hash: string }[],
  secret = SECRET,
) {
  const last = entries.at(-1);
  const head = { subject, at: 1_790_000_100_000, seq: last?.seq ?? 0, hash: last?.hash ?? GENESIS };
  return { ...head, signature: await signHead(secret, canonical(head)) };
}

interface Asked {
  readonly do: "people" | "events" | "head" | "acts" | "acts-head";
  readonly subject: string;
  readonly after: string | number;
  readonly limit: number;
}

/** The bridge's side of an export. */
export function bridgeWith(
  chains: Readonly<Record<string, readonly ExportedEntry[]>>,
  acts: readonly ActRow[] = [],
): Ask {
  return async (operation, shape) => {
    const { do: what, subject, after, limit } = operation as Asked;
    const entries = chains[subject] ?? [];
    const people = Object.keys(chains).filter((id) => id > String(after));
    const answers = {
      people: () => ({ people: people.map((id) => ({ subject: id })) }),
      events: () => ({ entries: entries.filter(({ seq }) => seq > Number(after)).slice(0, limit) }),
      head: async () => ({ head: await headOf(subject, entries) }),
      acts: () => ({ acts: acts.filter(({ seq }) => seq > Number(after)) }),
      "acts-head": async () => ({ head: acts.length === 0 ? null : await headOf("operators", acts) }),
    };
    return shape.parse(await answers[what]());
  };
}

/** The lines of an export, without their ends. */
export async function exported(
  chains: Readonly<Record<string, readonly ExportedEntry[]>>,
  acts: readonly ActRow[] = [],
): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLines(bridgeWith(chains, acts), Object.keys(chains), { acts: true })) lines.push(line);
  return lines;
}

export async function publicKey(secret = SECRET) {
  const key = parseKey(await headPublicKey(secret));
  if (key === undefined) throw new Error("no key");
  return key;
}
