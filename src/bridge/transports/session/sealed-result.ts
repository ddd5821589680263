// The gate's result on its way from the edge into a session object: principal, ticket and request id, sealed. The header is stripped
// from everything that comes from outside, and an object believes nothing without the seal.

import * as z from "zod";
import { canonical } from "../../gate/canonical.ts";
import { PRINCIPAL } from "../../gate/principal.ts";
import type { GateResult } from "../../gate/ticket.ts";
import { checkSeal, createSeal, type Secrets } from "../../seal.ts";

export const RESULT_HEADER = "x-drawbridge-pass";

const TICKET = z.strictObject({
  seq: z.int(),
  hash: z.string(),
  tainted: z.boolean(),
  approval: z.string().nullable(),
  approved: z.string().nullable(),
  holder: z.string(),
  tool: z.string(),
  digest: z.string(),
  expires: z.int(),
});
const SEALED = z.strictObject({
  principal: PRINCIPAL,
  blocked: z.array(z.string()),
  ticket: TICKET.optional(),
  request: z.string(),
  session: z.string().nullable(),
});

export interface SealedResult extends GateResult {
  readonly request: string;
  /** The session that it is for; null while it is being opened. */
  readonly session: string | null;
}

export async function sealResult(secrets: Secrets, gated: SealedResult): Promise<string> {
  const text = canonical(gated);
  // Header values are bytes: names may hold any letter.
  return `${encodeURIComponent(text)}.${await createSeal(secrets, "pass", [text])}`;
}

export async function openResult(secrets: Secrets, header: unknown): Promise<SealedResult | undefined> {
  if (typeof header !== "string") return undefined;
  const dot = header.lastIndexOf(".");
  const text = decodeURIComponent(header.slice(0, Math.max(dot, 0)));
  if (!(await checkSeal(secrets, "pass", [text], header.slice(dot + 1)))) return undefined;
  const { ticket, ...gated } = SEALED.parse(JSON.parse(text));
  return { ...gated, ticket };
}
