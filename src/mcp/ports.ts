// Binds the pure core to this Worker: the policy, the subject's ledger, digests and the clock. The same for both lanes.

import type { Call } from "../authz/decide.ts";
import type { GatePorts } from "../authz/gate.ts";
import type { Subject } from "../authz/principal.ts";
import type { RunPorts } from "../authz/run.ts";
import type { Bindings, Settings } from "../env.ts";
import { ledgerOf } from "../ledger/address.ts";
import { settleInBatches } from "../ledger/settling.ts";
import { logFailure } from "../log.ts";
import { policy } from "../policy.ts";
import { encryptArguments, randomId, sha256 } from "../seal.ts";

export function createGatePorts(
  env: Bindings,
  subject: Subject,
  request: string,
  settings: Settings,
): GatePorts<Bindings> {
  const { budgetFactor } = settings;
  const ask = async ({ tool, args }: Call) => {
    return { id: randomId(), args: await encryptArguments(settings, { subject, tool }, args) };
  };
  const report = (error: unknown) => logFailure(request, error);
  return { policy, ledger: ledgerOf(env, subject), digest: sha256, ask, now: Date.now, report, budgetFactor };
}

export function createRunPorts(
  env: Bindings,
  subject: Subject,
  request: string,
  more: Pick<RunPorts<Bindings>, "book" | "later">,
): RunPorts<Bindings> {
  const ledger = settleInBatches(ledgerOf(env, subject), subject, Date.now);
  const report = (error: unknown) => logFailure(request, error);
  return { policy, ledger, digest: sha256, now: Date.now, host: env, boundary: randomId, report, ...more };
}
