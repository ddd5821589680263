// What a grant that has just begun takes the place of: earlier grants of the same person and client. The ledger has ended them
// already (grants.ts), in the same step that opened the new one; this takes their records out of the library's storage.

import type { GrantSummary, OAuthHelpers } from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import type { GrantId, Subject } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import { ledgerOf } from "../ledger/address.ts";
import { currentRequest, logFailure } from "../log.ts";
import type { Bindings } from "../request/bindings.ts";

const GRANT = z.string().transform((text) => text as GrantId);

export interface Begun {
  readonly client: string;
  readonly subject: Subject;
  readonly grant: GrantId;
}

/** What the app may do now, and could no longer when it is given `granted` instead. */
export async function scopesLost(
  { client, subject }: Omit<Begun, "grant">,
  granted: readonly Scope[],
  env: Bindings,
): Promise<readonly Scope[]> {
  if (client.startsWith("https://")) return [];
  const { alive } = await ledgerOf(env, subject).connections();
  const held = alive.filter((other) => other.client === client).flatMap(({ scopes }) => scopes);
  return [...new Set(held)].filter((scope) => !granted.includes(scope));
}

/** Housekeeping: should it fail, the records are dead weight until they expire, and the new connection stands. */
export async function clearReplaced(
  oauth: OAuthHelpers,
  { client, subject, grant }: Begun,
  env: Bindings,
): Promise<void> {
  // As in the ledger: a client id that is a URL is shared by every installation of the app.
  if (client.startsWith("https://")) return;
  try {
    const ledger = ledgerOf(env, subject);
    // Two may begin at once, and whoever tidies up first may be the older one: what lives is for the ledger to say.
    const clear = async (id: string) => {
      if ((await ledger.grantStep(GRANT.parse(id))) === null) await oauth.revokeGrant(id, subject);
    };
    let cursor: string | undefined;
    do {
      const page = await oauth.listUserGrants(subject, cursor === undefined ? {} : { cursor });
      const replaced = page.items.filter((other) => other.clientId === client && other.id !== grant && hasBegun(other));
      await Promise.all(replaced.map(({ id }) => clear(id)));
      cursor = page.cursor;
    } while (cursor !== undefined);
  } catch (error) {
    logFailure(currentRequest(), error);
  }
}

/** One whose code nobody has redeemed yet has no end of its own: it may be about to begin, and is gone in ten minutes if not. */
function hasBegun({ expiresAt }: GrantSummary): boolean {
  return expiresAt !== undefined;
}
