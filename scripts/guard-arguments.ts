// The words of `npm run guard`. Ids may begin with "-", which parseArgs of Node takes for an option: here only the options that
// there are, spelled out, are options. Pure.

import { OperatorError, type TargetValues } from "./operator.ts";

export interface GuardArguments {
  readonly words: readonly string[];
  readonly values: TargetValues & { readonly yes: boolean; readonly help: boolean };
}

/** After `--` everything is a word. */
export function parseGuard(args: readonly string[]): GuardArguments {
  const words: string[] = [];
  const given = new Map<string, string>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      words.push(...rest.splice(0));
    } else if (arg === "--remote" || arg === "--yes" || arg === "--help") {
      given.set(arg, "");
    } else if (/^--(url|persist-to)(=|$)/.test(arg)) {
      const [name = ""] = arg.split("=", 1);
      const value = arg === name ? rest.shift() : arg.slice(name.length + 1);
      if (value === undefined || value === "") throw new OperatorError(`${name} needs a value.`);
      given.set(name, value);
    } else {
      words.push(arg);
    }
  }
  const url = given.get("--url");
  const persist = given.get("--persist-to");
  return {
    words,
    values: {
      remote: given.has("--remote"),
      url,
      "persist-to": persist,
      yes: given.has("--yes"),
      help: given.has("--help"),
    },
  };
}
