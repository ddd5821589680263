// In which jurisdiction the Durable Objects of a bridge are. Every id of a ledger or a session is made through this file.

import * as z from "zod";
import { fragment, variable } from "../setting.ts";

const JURISDICTIONS = ["eu", "fedramp", "fedramp-high", "us"] as const;

export const PLACE = fragment({
  JURISDICTION: variable(
    z.enum(JURISDICTIONS, `is none of ${JURISDICTIONS.join(", ")}`).optional(),
    "where every ledger and session is kept: `eu`, `fedramp`, `fedramp-high` or `us`; decided before the first deploy (see below)",
  ),
});

export interface Placed {
  readonly JURISDICTION?: string;
  readonly PUBLIC_URL?: string;
}

/** None on this computer, whatever is set: workerd has none by itself. */
export function jurisdictionOf({ JURISDICTION, PUBLIC_URL }: Placed): DurableObjectJurisdiction | undefined {
  return PUBLIC_URL?.startsWith("http:") ? undefined : JURISDICTIONS.find((one) => one === JURISDICTION);
}

export interface Namespace<Self> {
  jurisdiction(where: DurableObjectJurisdiction): Self;
}

/** A namespace whose ids are all in the bridge's jurisdiction. */
export function placed<N extends Namespace<N>>(namespace: N, env: Placed): N {
  const where = jurisdictionOf(env);
  return where === undefined ? namespace : namespace.jurisdiction(where);
}
