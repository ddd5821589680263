// One code that is redeemed, with one call of the ledger, in which everything happens that must happen once. The library makes
// the first refresh token after its callback. So that call waits for the library's first write, which names the token: before it
// the ledger opens the grant, or nothing is written. What the library would delete, the ledger ends first.

import { OAuthError } from "@cloudflare/workers-oauth-provider";
import * as z from "zod";
import type { GrantId } from "../gate/principal.ts";
import type { ledgerOf } from "../ledger/address.ts";
import type { Opened } from "../ledger/connections.ts";
import type { Given } from "./under-way.ts";

const NOT_VALID = "This code is not valid. Connect again.";

/** The library's record of a grant, as far as it names the refresh token (its storage schema). */
const RECORD = z.looseObject({ refreshTokenId: z.string() });

/** @param code its SHA-256 */
export function beginRedemption(ledger: ReturnType<typeof ledgerOf>, grant: GrantId, code: string) {
  let given: Given | undefined;
  let opening: Promise<Opened> | undefined;
  let ending: Promise<boolean> | undefined;

  /** Ends what the code gave, if it was redeemed before, and says whether it was. */
  const replayed = () => {
    ending ??= ledger.revokeByCode(grant, code);
    return ending;
  };

  /** At the first write of a grant, which is its record. */
  const open = async (record: string) => {
    if (given === undefined) throw new Error("a grant is written before it is given");
    opening ??= ledger.openGrant({
      ...given,
      redeemed: { code, token: RECORD.parse(JSON.parse(record)).refreshTokenId },
    });
    if ("refused" in (await opening)) throw new OAuthError("invalid_grant", { description: NOT_VALID });
  };

  return {
    replayed,
    /** What the library is about to give. Nothing was refreshed yet. */
    give(about: Given): number {
      given = about;
      return 0;
    },
    /** What the ledger said; undefined when the library did not come so far. */
    opened: async () => opening,
    /** The library's storage, in which nothing of a grant changes before the ledger. */
    guard(storage: KVNamespace): KVNamespace {
      const guarded = {
        async put(key: string, value: string, options?: KVNamespacePutOptions) {
          if (isOfGrant(key)) await open(value);
          return storage.put(key, value, options);
        },
        async delete(key: string) {
          if (isOfGrant(key)) await replayed();
          return storage.delete(key);
        },
      };
      return new Proxy(storage, {
        get(target, name) {
          const member: unknown = Reflect.get(name in guarded ? guarded : target, name);
          return typeof member === "function" ? member.bind(target) : member;
        },
      });
    },
  };
}

function isOfGrant(key: string): boolean {
  return key.startsWith("grant:") || key.startsWith("token:");
}
