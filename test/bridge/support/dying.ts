// A bridge whose process dies at one of its writes: the nth write to KV, or call of a ledger, is not made, or is the last thing
// that happens. Everything that it tries afterwards fails, as after a `kill -9`; what was written stays.

import { bridgeAt } from "./attack.ts";
import type { Journey } from "./journey.ts";
import { bindings, ORIGIN } from "./worker.ts";

export interface Dying {
  readonly journey: Journey;
  /** Bindings that die, for code that is called without HTTP. */
  readonly env: typeof bindings;
  readonly died: () => boolean;
}

/** @param last whether the nth write is still made */
export function dyingBridge(nth: number, last: boolean): Dying {
  let count = 0;
  let dead = false;
  const alive = () => {
    if (dead) throw new Error("the process was killed");
  };
  const write = async <T>(work: () => Promise<T>): Promise<T> => {
    alive();
    count += 1;
    if (count < nth) return work();
    dead = true;
    if (last) await work();
    throw new Error("the process was killed");
  };
  const LEDGER = new Proxy(bindings.LEDGER, {
    get: (target, key) =>
      key === "getByName"
        ? (...args: Parameters<typeof target.getByName>) => rpc(target.getByName(...args), write)
        : Reflect.get(target, key),
  });
  const OAUTH_KV = new Proxy(bindings.OAUTH_KV, {
    get: (target, key) => {
      const member = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      const call = async (...args: unknown[]) => member.apply(target, args);
      if (key === "put" || key === "delete") return (...args: unknown[]) => write(() => call(...args));
      return async (...args: unknown[]) => {
        alive();
        return call(...args);
      };
    },
  });
  return {
    journey: bridgeAt(ORIGIN, { OAUTH_KV, LEDGER }),
    env: { ...bindings, OAUTH_KV, LEDGER },
    died: () => dead,
  };
}

type Write = <T>(work: () => Promise<T>) => Promise<T>;

function rpc<T extends object>(stub: T, write: Write): T {
  return new Proxy(stub, {
    get: (target, key) => {
      if (key === "then") return undefined;
      return (...args: unknown[]) => write(async () => Reflect.apply(Reflect.get(target, key) as never, target, args));
    },
  });
}
