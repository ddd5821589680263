// What every command is started with, before anything that could fail is loaded: says in one plain sentence that Node is too old, and
// makes one line of every error. CommonJS, and syntax that any Node understands. npm scripts run the lockfile's own Node 24 on
// Linux and Windows; elsewhere it is the reader's.
var version = process.versions.node.split(".").map(Number);

if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
  console.error(
    "Drawbridge needs Node 22.18 or newer and this is " +
      process.version +
      ": " +
      (process.platform === "darwin"
        ? "install it from https://nodejs.org, then run `npm ci` again."
        : "run `npm ci` and use the npm scripts, which bring their own Node."),
  );
  process.exit(1);
}

// A `Failure` (scripts/command.ts) has words for the reader, and so has an error of the file system. Any other is a fault of ours.
process.on("uncaughtException", (error) => {
  var made = error instanceof Error ? error : new Error(String(error));
  var known = "exitCode" in made || "syscall" in made;
  var line = `${made.name}: ${made.message.trim().split("\n")[0]} (not expected; DRAWBRIDGE_STACK=1 shows where)`;
  console.error(process.env.DRAWBRIDGE_STACK ? made.stack : known ? made.message : line);
  process.exit(process.exitCode || made.exitCode || 1);
});
