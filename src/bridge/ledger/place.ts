// In which jurisdiction the objects of a bridge are. Whoever makes the id of one, of a ledger or of a session, comes through here.

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
