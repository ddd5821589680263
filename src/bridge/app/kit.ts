// The words of an app, bound to its scopes and bindings: `tool` makes a rule, `store` and `keepsNothing` make capabilities. The
// one place where their types are forgotten, and the one place that reads an app's names out of the Worker's env.

import type * as z from "zod";
import type { Provenance } from "../gate/provenance.ts";
import { type Rule, rule } from "../gate/rule.ts";
import type { ScopeEntry } from "../gate/scopes.ts";
import type { Tool } from "../gate/tool.ts";
import { once } from "../once.ts";
import type { BindingsOf, Bound, ReadingOf } from "./bindings.ts";
import { type Caller, type Capability, createCapability, isCapability } from "./capability.ts";
import type { AppHost, OpenStore, Store } from "./store.ts";
import type { ToolWords } from "./words.ts";

/** Makes capabilities: `reads` hands over views of the bindings that cannot write. */
export interface Makes<B extends Bound> {
  reads<Made>(
    name: string,
    make: (bindings: ReadingOf<B>, caller: Caller, from: Provenance) => Made,
  ): Capability<"read", Made>;
  writes<Made>(
    name: string,
    make: (bindings: BindingsOf<B>, caller: Caller, from: Provenance) => Made,
  ): Capability<"write", Made>;
}

export interface Kit<ScopeName extends string, B extends Bound> {
  /** What an app keeps of its users, and the capabilities over it. */
  store(store: Store<B>): OpenStore & Makes<B>;
  /** Capabilities that keep nothing of a user. */
  readonly keepsNothing: Makes<B>;
  /** A rule of the policy: what `tool` needs, does and is handed. */
  tool<In extends z.ZodObject, Out extends z.ZodObject, Cap, PlanCap>(
    tool: Tool<In, Out, Cap, PlanCap>,
    words: ToolWords<ScopeName, NoInfer<Cap>, NoInfer<PlanCap>>,
  ): Rule<AppHost>;
}

export function kitFor<S extends Readonly<Record<string, ScopeEntry>>, B extends Bound>(
  scopes: S,
  bindings: B,
): Kit<keyof S & string, B> {
  const whole = bound(bindings, (_, full) => full) as (host: AppHost) => BindingsOf<B>;
  const views = bound(bindings, ({ reading }, full) => reading(full)) as (host: AppHost) => ReadingOf<B>;
  const makesOver = (kept: OpenStore | undefined): Makes<B> => ({
    reads: (name, make) => createCapability("read", name, kept, (host, ...call) => make(views(host), ...call)),
    writes: (name, make) => createCapability("write", name, kept, (host, ...call) => make(whole(host), ...call)),
  });
  return {
    store({ name, tables = [], ...store }) {
      const kept: OpenStore = {
        name,
        tables,
        erase: (host, subject) => store.erase(whole(host), subject),
        export: (host, subject) => store.export(views(host), subject),
        count: (host, subject) => store.count(views(host), subject),
      };
      return Object.assign(kept, makesOver(kept));
    },
    keepsNothing: makesOver(undefined),
    tool(tool, words) {
      const { capability, plan, budget = {}, approval = "never", ...said } = words;
      if (!namesAll(tool.input, true)) {
        throw new Error(`the input of "${tool.title}" takes arguments that it does not name: use z.strictObject`);
      }
      if (!namesAll(tool.output, false)) {
        throw new Error(`the output of "${tool.title}" lets out fields that it does not name: use z.object`);
      }
      // What types would have refused, for an app that silenced them.
      if (!isApproval(approval))
        throw new Error(`the rule of "${tool.title}" asks "${approval}", which is no approval`);
      if (!Object.hasOwn(scopes, said.scope))
        throw new Error(`a rule names the scope ${said.scope}, which this app does not have`);
      if (!isCapability(capability)) throw new Error(`the rule of "${tool.title}" has no capability of this app's kit`);
      const planned = typeof plan === "object" ? plan : undefined;
      return rule<AppHost, typeof tool.input, typeof tool.output, unknown, unknown>({
        ...said,
        tool: tool as Tool<typeof tool.input, typeof tool.output, unknown, unknown>,
        budget,
        approval,
        uses: { name: capability.name, store: capability.store, plan: planned?.name },
        capability: capability.make,
        ...(planned === undefined ? {} : { plan: planned.make }),
      });
    },
  };
}

/** zod takes away what is not named, unless told to keep it (`catchall`) or to refuse it (`z.strictObject`). */
function namesAll({ def }: z.ZodObject, strictly: boolean): boolean {
  return def.catchall === undefined ? !strictly : def.catchall._zod.def.type === "never";
}

function isApproval(word: string): word is "each-call" | "when-tainted" | "never" {
  return ["each-call", "when-tainted", "never"].includes(word);
}

/** The app's own names out of env, and nothing else of it; made once for each env. */
function bound(bindings: Bound, of: (binding: Bound[string], full: unknown) => unknown): (host: AppHost) => unknown {
  return once((host) => {
    return Object.freeze(Object.fromEntries(Object.entries(bindings).map(open)));

    function open([name, binding]: [string, Bound[string]]): [string, unknown] {
      const parsed = binding.parse(Reflect.get(host, name));
      // Settings were checked before anything is served (settings.ts).
      if ("problem" in parsed) throw new Error(`${name} ${parsed.problem}`);
      return [name, of(binding, parsed.full)];
    }
  });
}
