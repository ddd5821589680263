// The console inside workerd. The Worker logs a line for each request: nobody reads those of a test run, and a test that is about
// them spies. console.error is watched: a test that expects error lines takes them, and any other fails the test.
//
// None of it may go through Vitest, which waits at a file's end for the answer to each line it was sent: a line that a Durable
// Object logs after the last test is sent by nobody, and the run would never end (`disableConsoleIntercept`, vitest.config.ts).

/** Prints a line of a test's own: a seed, a measurement. */
export const print: (line: string) => void = console.log.bind(console);

const unheard = () => undefined;
let errors: string[] = [];
for (const method of ["debug", "info", "log", "warn"] as const) console[method] = unheard;
console.error = (...line: unknown[]) => errors.push(line.map(String).join(" "));

/** The lines so far; they no longer count as unexpected. */
export function takeErrors(): readonly string[] {
  const taken = errors;
  errors = [];
  return taken;
}
