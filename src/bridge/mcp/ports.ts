// Binds the pure core to this Worker: the policy, the subject's ledger, digests and the clock. The same for both transports.

import * as z from "zod";
import type { App } from "../app/app.ts";
import { type AppHost, appHost } from "../app/store.ts";
import type { Call } from "../gate/decide.ts";
import type { GatePorts } from "../gate/gate.ts";
import type { Subject } from "../gate/principal.ts";
import type { RunPorts } from "../gate/run.ts";
import { ledgerOf } from "../ledger/address.ts";
import { outcomesInBatches } from "../ledger/outcomes.ts";
import { logFailure } from "../log.ts";
import type { Bindings } from "../request/bindings.ts";
import { encryptArguments, randomId, sha256 } from "../seal.ts";
import { fragment, variable } from "../setting.ts";
import type { Settings } from "../settings.ts";

export const BUDGETS = fragment({
  BUDGET_FACTOR: variable(
    z.coerce.number("is not a number").positive("is not positive").default(1),
    "multiplies every budget of the policy; 1 by default",
  ),
});

export function createGatePorts(
  { policy }: App,
  env: Bindings,
  subject: Subject,
  request: string,
  settings: Settings,
): GatePorts<AppHost> {
  const { BUDGET_FACTOR: budgetFactor } = settings.of(BUDGETS);
  const ask = async ({ tool, args }: Call) => {
    return { id: randomId(), args: await encryptArguments(settings, { subject, tool }, args) };
  };
  const report = (error: unknown) => logFailure(request, error);
  return { policy, ledger: ledgerOf(env, subject), digest: sha256, ask, now: Date.now, report, budgetFactor };
}

export function createRunPorts(
  { policy }: App,
  env: Bindings,
  subject: Subject,
  request: string,
  more: Pick<RunPorts<AppHost>, "book" | "later" | "cancelled">,
): RunPorts<AppHost> {
  const ledger = outcomesInBatches(ledgerOf(env, subject), subject, Date.now);
  const report = (error: unknown) => logFailure(request, error);
  return { policy, ledger, digest: sha256, now: Date.now, host: appHost(env), boundary: randomId, report, ...more };
}
