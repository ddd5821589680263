// How every command of package.json reads its words: `--help` says what it does and ends, and what it cannot read is one line and exit
// code 2. Later trouble is thrown: a `Failure` is shown as its words alone, any other error as one line too (require-node.cjs).

import "./require-node.cjs";
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** Something that the reader can mend; its message is all that they are shown. */
export class Failure extends Error {
  readonly exitCode: number = 1;
}

/** A word or an option that this command does not take. */
export class Misuse extends Failure {
  override readonly exitCode = 2;

  constructor(cause: string) {
    super(`${cause}: see ${running} -- --help`);
  }
}

/** The command that runs, as it is typed. */
let running = "npm run";

type Options = Readonly<
  Record<string, ParseArgsOptionsConfig[string] & { readonly takes?: string; readonly is: string }>
>;

export interface Command<O extends Options> {
  /** As it is typed, such as `npm run guard`. */
  readonly name: string;
  readonly does: string;
  /** Each with its meaning; `takes`: what a string stands for, such as `N`. */
  readonly options?: O;
  /** What stands beside the options: `NAME`, `[NAME]` where it may be left out, `FILE…` for one or more. */
  readonly words?: readonly string[];
  readonly example: string;
  /** Exit codes beside 0, 1 and 2. */
  readonly exits?: string;
  /** A word may begin with a dash, as ids do: an option is only what is spelled out here. */
  readonly dashes?: boolean;
}

const HELP = { help: { type: "boolean", short: "h", is: "prints this and ends" } } as const;

/** The options and words that it was given. Ends the process where these ask for help. @throws a `Misuse` */
export function readCommand<const O extends Options>(
  command: Command<O>,
  args: readonly string[] = process.argv.slice(2),
) {
  running = command.name;
  const options = { ...(command.options ?? ({} as O)), ...HELP };
  const { values, positionals } = parsed(command.dashes ? dashesAsWords(args, options) : args, options);
  if ("help" in values) {
    console.log(helpOf(command, options));
    process.exit(0);
  }
  const words = command.words ?? [];
  const missing = words.filter((word) => !word.startsWith("["))[positionals.length];
  if (missing !== undefined) throw new Misuse(`It needs ${missing.replace("…", "")}`);
  const odd = words.at(-1)?.includes("…") ? undefined : positionals[words.length];
  if (odd !== undefined) throw new Misuse(`It does not take ${JSON.stringify(odd)}`);
  return { values, words: positionals };
}

function parsed<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    // Node says more, in several lines; the first sentence is the cause.
    throw error instanceof TypeError
      ? new Misuse(error.message.split(/\. To specify|\.?\n/, 1)[0]?.replace("is ambiguous", "missing") ?? "")
      : error;
  }
}

/** The same, with `--` before all that is no option. */
function dashesAsWords(args: readonly string[], options: ParseArgsOptionsConfig): readonly string[] {
  const [given, words]: string[][] = [[], []];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [, name = "", value] = /^--([^=]+)(=.*)?$/s.exec(arg) ?? [];
    if (arg === "--") words?.push(...rest.splice(0));
    else if (!Object.hasOwn(options, name)) words?.push(arg);
    else given?.push(arg, ...(options[name]?.type === "string" && value === undefined ? rest.splice(0, 1) : []));
  }
  return [...(given ?? []), "--", ...(words ?? [])];
}

function helpOf({ name, does, words = [], example, exits }: Command<Options>, options: Options): string {
  const lines = Object.entries(options).map(([option, { type, takes = "TEXT", is }]) => {
    return [`--${option}${type === "string" ? ` ${takes}` : ""}`, is] as const;
  });
  const width = Math.max(...lines.map(([option]) => option.length));
  return `Use: ${[name, "--", "[OPTIONS]", ...words].join(" ")}

${does}

Options:
${lines.map(([option, is]) => `  ${option.padEnd(width)}  ${is}`).join("\n")}

Example: ${example}

Ends with 0 when it did that, 1 when it could not, 2 when it was called wrongly${exits === undefined ? "" : `, ${exits}`}.
DRAWBRIDGE_STACK=1 before it shows where an error came from.`;
}
