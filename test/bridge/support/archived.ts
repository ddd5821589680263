// What the archive of the bridge under test holds, and how `npm run audit:verify` judges it.

import { parseKey, verifyExport } from "../../../scripts/verify.ts";
import { Sequel } from "../../../scripts/verify-sequel.ts";
import { segmentText } from "../../../src/bridge/archive/segment.ts";
import { headPublicKey } from "../../../src/bridge/seal.ts";
import { bindings } from "./worker.ts";

const { ARCHIVE: bucket, SUBJECT_KEY } = bindings as unknown as { ARCHIVE: R2Bucket; SUBJECT_KEY: string };
export const ARCHIVE = bucket;
const key = parseKey(await headPublicKey(SUBJECT_KEY));

/** In the order of their names. */
export async function segments(subject: string) {
  const { objects } = await bucket.list({ prefix: `${subject}/` });
  return Promise.all(
    objects.map(async ({ key: name, version }) => ({
      name: name.slice(subject.length + 1),
      version,
      text: (await (await bucket.get(name))?.text()) ?? "",
    })),
  );
}

export async function findings(texts: readonly string[], sequel = new Sequel([])) {
  const found = [];
  for (const text of texts) {
    const lines = text.split(/(?<=\n)/);
    found.push(...(await verifyExport("segment", lines, { key, heads: [] }, sequel)).findings);
  }
  return [...found, ...sequel.findings()];
}

/** What `npm run audit:export` makes of a ledger. */
export async function exported(stub: ReturnType<typeof bindings.LEDGER.getByName>): Promise<string> {
  const [head, { anchor }] = [await stub.signedHead(), await stub.reach()];
  return segmentText(anchor, await stub.events(anchor?.seq ?? 0), head);
}
