// What an operator switched off, asked before a consent page is shown and around a refresh: read anew each time, because these
// are rare and a copy could be old. Once it is known who signed in, the ledger asks: for a code anew, and when the code becomes a
// grant with its copy. A table that cannot be read is an exception, and so a 503: nothing is given while nobody knows.

import type { ClientId, GrantId, Subject } from "../gate/principal.ts";
import { readSwitches } from "../ledger/switch-board.ts";
import { decideSwitches, type SwitchDenial } from "../ledger/switches.ts";

/** As much of a connection as is known yet. */
export interface Switchable {
  readonly client: ClientId | string;
  readonly subject?: Subject;
  readonly grant?: GrantId;
}

export async function loadSwitched(
  env: object,
  { client, subject, grant }: Switchable,
): Promise<SwitchDenial["reason"] | undefined> {
  const { switches } = await readSwitches(env);
  return decideSwitches(switches, { client, subject: subject ?? "", grant: grant ?? "" })?.reason;
}

/** In words for a user, on a page of ours. */
export const SWITCHED: Readonly<Record<SwitchDenial["reason"], string>> = {
  "grant-ended": "The operator of this service has blocked this app.",
  frozen: "The operator of this service has stopped your access for now.",
  "switched-off": "The operator of this service has switched it off for now.",
};
